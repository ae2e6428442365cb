-- When a caller first came into a queue of the service: steps of a workflow may come before it. Before there were workflows
-- she did so as she arrived.
ALTER TABLE call_records ADD COLUMN queued INTEGER;
UPDATE call_records SET queued = arrived WHERE outbound = 0;
