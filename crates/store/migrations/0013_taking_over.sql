-- Address books whose place is being taken by the contacts set aside for them. A stop in the middle is made good by the next start.
CREATE TABLE taking_over (
    book TEXT PRIMARY KEY,
    -- The last key of the book that was looked at for who leaves it; NULL: all who leave have left, and the others come.
    left_after TEXT,
    -- Contacts that are others than before.
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who is gone, or aside: so that neither counting a book nor looking for who is to be forgotten reads every contact.
CREATE INDEX contacts_gone ON contacts (book, gone) WHERE gone IS NOT NULL;

-- Whoever is gone or aside is nobody's colleague: a book that is read again and is as it was does not touch it.
DROP INDEX contacts_by_department;
CREATE INDEX contacts_by_department ON contacts (company, department, display_name, id)
    WHERE department != '' AND gone IS NULL;
