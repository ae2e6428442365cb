-- Which row of its file an imported call is: 63 bits, of which its id has room for 31. NULL: it happened here, or was taken over by a
-- release that did not keep them.
ALTER TABLE call_records ADD COLUMN import_row INTEGER;
