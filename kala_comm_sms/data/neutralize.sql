-- A copy of the database must not write to customers
UPDATE kala_connection
   SET inforu_token = NULL,
       sms019_token = NULL,
       http_password = NULL,
       http_headers = NULL,
       http_body = NULL;
