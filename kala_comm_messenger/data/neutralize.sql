-- A copy of the database must neither write to customers nor take their messages (AD5).
UPDATE kala_connection SET messenger_page_token = NULL, messenger_app_secret = NULL;
