-- A copy of the database must not write to customers
UPDATE kala_connection
   SET twilio_auth_token = NULL;
