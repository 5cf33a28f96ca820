-- A copy of the database must not write to customers
UPDATE kala_connection
   SET inforu_token = NULL,
       sms019_token = NULL,
       http_password = NULL,
       http_headers = NULL,
       http_body = NULL,
       -- The address of a gateway may hold its key.
       api_url = CASE WHEN provider = 'http' THEN NULL ELSE api_url END;
