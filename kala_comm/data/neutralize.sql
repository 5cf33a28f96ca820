-- A copy must never write to a customer, nor take what is meant for the original (AD5).
UPDATE kala_connection
   SET state = CASE WHEN state = 'draft' THEN 'draft' ELSE 'paused' END,
       state_reason = CASE WHEN state = 'draft' THEN NULL
                           ELSE 'This database is a neutralised copy.' END,
       webhook_token = md5(random()::text || id::text) || md5(random()::text || clock_timestamp()::text)
 WHERE provider <> 'sandbox';

UPDATE kala_connection
   SET webhook_token = md5(random()::text || id::text) || md5(random()::text || clock_timestamp()::text)
 WHERE provider = 'sandbox';

-- What the original still sends must not leave from here as well.
UPDATE kala_communication
   SET state = 'cancelled', wait_reason = NULL, claim_token = NULL, claimed_until = NULL
 WHERE direction = 'out' AND state IN ('scheduled', 'queued', 'sending');

-- Nor what was still to be prepared or asked about there.
UPDATE kala_mass_send SET state = 'cancelled' WHERE state IN ('preparing', 'sending', 'paused');
UPDATE kala_communication SET read_mark = NULL WHERE read_mark = 'wanted';
DELETE FROM kala_push;

-- An administrator who connects here says anew which database this is.
DELETE FROM ir_config_parameter WHERE key = 'kala_comm.fingerprint';
