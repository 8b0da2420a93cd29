-- What was parsed and embedded before, in any root of this user. A cache: no row is the truth about anything.
-- Keys are 64 bits of a digest; a row's checksum covers its whole key, so that what a key stands for is sure.
-- Days count from 1970-01-01. Another text of this file is another file of the cache, see seen.py.

CREATE TABLE files (
    id    INTEGER PRIMARY KEY,
    place INTEGER NOT NULL,                         -- extractor, path and size
    key   INTEGER NOT NULL UNIQUE,                  -- extractor, path and content
    used  INTEGER NOT NULL,                         -- day it was last written or asked for
    crc   INTEGER NOT NULL,
    facts BLOB    NOT NULL                          -- facts.ParsedFile without its text, see packing.py
) STRICT;
CREATE INDEX files_place ON files (place);
CREATE INDEX files_used ON files (used);

CREATE TABLE vectors (
    id     INTEGER PRIMARY KEY,
    key    INTEGER NOT NULL UNIQUE,                 -- model and embedded text
    used   INTEGER NOT NULL,
    crc    INTEGER NOT NULL,
    vector BLOB    NOT NULL                         -- float16, little-endian; empty when all zero
) STRICT;
CREATE INDEX vectors_used ON vectors (used);
