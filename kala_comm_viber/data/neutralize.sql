-- A copy of the database must neither write to customers nor take their messages (AD5).
UPDATE kala_connection SET viber_auth_token = NULL;
