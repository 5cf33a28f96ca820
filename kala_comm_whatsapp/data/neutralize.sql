-- A copy of the database must neither write to customers nor take their messages (AD5).
UPDATE kala_connection
   SET meta_access_token = NULL,
       meta_app_secret = NULL,
       wabox_token = NULL;
