-- A copy must not ring anybody's telephone.
UPDATE kala_connection SET voicenter_code = NULL;
