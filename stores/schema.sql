-- The relations of one index. SQLite is the truth and the only publisher: a chunk exists when it is here.
-- Paths are bytes, as the file system gives them. Lines are 1-based and inclusive, bytes 0-based and half-open.
-- Nothing is migrated: an index made with another text of this file is rebuilt (the text's checksum is its version).

CREATE TABLE state (
    one               INTEGER PRIMARY KEY CHECK (one = 0),
    root              BLOB    NOT NULL,
    identity          TEXT    NOT NULL,             -- versions and settings the facts depend on, as JSON
    model             TEXT    NOT NULL,             -- embedding model the vectors come from
    dimensions        INTEGER NOT NULL,
    generation        INTEGER NOT NULL DEFAULT 0,
    intent            INTEGER,                      -- generation being written, until it is published
    next_chunk_id     INTEGER NOT NULL DEFAULT 1,   -- chunk ids are burned, never reused
    complete          INTEGER NOT NULL DEFAULT 0,   -- every file of the last walk is in
    linked            INTEGER NOT NULL DEFAULT 0,   -- edges belong to this generation
    files_expected    INTEGER NOT NULL DEFAULT 0,   -- files the last walk found
    fulltext_epoch    INTEGER NOT NULL DEFAULT 0,   -- folder number of the Tantivy index
    exact_epoch       INTEGER NOT NULL DEFAULT 0,   -- folder number of the mapped vectors
    exact_rows        INTEGER NOT NULL DEFAULT 0,   -- mapped vectors that were published
    vectors_epoch     INTEGER NOT NULL DEFAULT 0,   -- folder number of the LanceDB table
    vectors_version   INTEGER NOT NULL DEFAULT 0,   -- LanceDB version that was published
    vectors_generation INTEGER NOT NULL DEFAULT 0,  -- generation that the LanceDB table has reached
    indexed_id        INTEGER NOT NULL DEFAULT 0,   -- greatest chunk id in the approximate index, 0: there is none
    indexed_rows      INTEGER NOT NULL DEFAULT 0,   -- rows when an approximate index was last tried
    indexed_probes    INTEGER NOT NULL DEFAULT 0,   -- lists of the approximate index that a search has to read
    said              TEXT    NOT NULL DEFAULT ''   -- the other columns once more: a flipped bit is in one of the two
) STRICT;

CREATE VIEW state_said AS SELECT
    quote(one) || ' ' || quote(root) || ' ' || quote(identity) || ' ' || quote(model) || ' ' || quote(dimensions) || ' ' ||
    quote(generation) || ' ' || quote(intent) || ' ' || quote(next_chunk_id) || ' ' || quote(complete) || ' ' ||
    quote(linked) || ' ' || quote(files_expected) || ' ' || quote(fulltext_epoch) || ' ' ||
    quote(exact_epoch) || ' ' || quote(exact_rows) || ' ' || quote(vectors_epoch) || ' ' ||
    quote(vectors_version) || ' ' || quote(vectors_generation) || ' ' || quote(indexed_id) || ' ' ||
    quote(indexed_rows) || ' ' || quote(indexed_probes) AS said FROM state;

CREATE TRIGGER state_made AFTER INSERT ON state BEGIN UPDATE state SET said = (SELECT said FROM state_said); END;
CREATE TRIGGER state_moved AFTER UPDATE ON state BEGIN UPDATE state SET said = (SELECT said FROM state_said); END;

CREATE TABLE contents (
    content_hash BLOB PRIMARY KEY,                  -- sha256 of the file's bytes
    text         BLOB NOT NULL                      -- UTF-8, zlib
) STRICT;

CREATE TABLE files (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    path         BLOB    NOT NULL UNIQUE,
    language     TEXT    NOT NULL,
    module       TEXT    NOT NULL,
    size         INTEGER NOT NULL,
    changed_ns   INTEGER NOT NULL,                  -- ctime
    lines        INTEGER NOT NULL,
    content_hash BLOB    NOT NULL REFERENCES contents (content_hash),
    surface      BLOB    NOT NULL                   -- digest of what other files can see of this one
) STRICT;
CREATE INDEX files_module ON files (module);
CREATE INDEX files_content ON files (content_hash);

CREATE TABLE seals (
    file_id INTEGER PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
    facts   INTEGER NOT NULL,                       -- sum of the checksums of the rows that the file has
    links   INTEGER NOT NULL                        -- the same of what the linker found in it
) STRICT;

CREATE TABLE symbols (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    file_id         INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    position        INTEGER NOT NULL,               -- index in the file's facts
    parent_id       INTEGER REFERENCES symbols (id) ON DELETE CASCADE,
    name            TEXT    NOT NULL,
    qualified_name  TEXT    NOT NULL,               -- within the module
    full_name       TEXT    NOT NULL,               -- module and qualified name
    kind            TEXT    NOT NULL,
    line_start      INTEGER NOT NULL,
    line_end        INTEGER NOT NULL,
    byte_start      INTEGER NOT NULL,
    byte_end        INTEGER NOT NULL,
    name_line       INTEGER NOT NULL,
    name_column     INTEGER NOT NULL,
    signature       TEXT    NOT NULL,
    docstring       TEXT,
    decorators      TEXT    NOT NULL,               -- JSON list
    type_parameters TEXT    NOT NULL,               -- JSON list
    returns         TEXT,
    flags           TEXT    NOT NULL,               -- JSON list
    decorations     TEXT    NOT NULL,               -- the decorators as expressions, JSON list of facts.Expr
    result          TEXT,                           -- the annotation ``returns`` as an expression
    UNIQUE (file_id, position)
) STRICT;
CREATE INDEX symbols_name ON symbols (name);
CREATE INDEX symbols_name_folded ON symbols (lower(name));
CREATE INDEX symbols_full_name ON symbols (full_name);
CREATE INDEX symbols_impls ON symbols (name) WHERE kind = 'impl';
CREATE INDEX symbols_parent ON symbols (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE parameters (
    symbol_id     INTEGER NOT NULL REFERENCES symbols (id) ON DELETE CASCADE,
    position      INTEGER NOT NULL,
    name          TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    annotation    TEXT,
    default_value TEXT,
    type          TEXT,                             -- the annotation as an expression
    value         TEXT,                             -- the default as an expression
    PRIMARY KEY (symbol_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE bases (
    symbol_id INTEGER NOT NULL REFERENCES symbols (id) ON DELETE CASCADE,
    position  INTEGER NOT NULL,
    text      TEXT    NOT NULL,
    expr      TEXT    NOT NULL,                     -- facts.Expr as JSON; scopes are positions in the file
    target_id INTEGER REFERENCES symbols (id) ON DELETE SET NULL,  -- the base class, when it is in this root
    PRIMARY KEY (symbol_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX bases_target ON bases (target_id) WHERE target_id IS NOT NULL;

CREATE TABLE imports (
    id        INTEGER PRIMARY KEY,
    file_id   INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    scope     INTEGER NOT NULL,                     -- position of the enclosing symbol, -1 for the module
    module    TEXT    NOT NULL,
    level     INTEGER NOT NULL,
    name      TEXT,
    alias     TEXT,
    line      INTEGER NOT NULL,
    whole     INTEGER NOT NULL,                     -- 1: the alias is the module, not its top package
    target_id INTEGER REFERENCES files (id) ON DELETE SET NULL  -- the file it names; NULL: outside, or no one file
) STRICT;
CREATE INDEX imports_file ON imports (file_id);
CREATE INDEX imports_target ON imports (target_id) WHERE target_id IS NOT NULL;

CREATE TABLE assignments (
    id         INTEGER PRIMARY KEY,
    file_id    INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    scope      INTEGER NOT NULL,
    target     TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    annotation TEXT,
    line       INTEGER NOT NULL,
    type       TEXT,                                -- the annotation as an expression
    version    INTEGER NOT NULL                     -- number among the assignments of its name; 0: reaches every place
) STRICT;
CREATE INDEX assignments_file ON assignments (file_id);

CREATE TABLE results (
    id      INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    scope   INTEGER NOT NULL,
    kind    TEXT    NOT NULL,                       -- return, yield, delegate
    value   TEXT    NOT NULL
) STRICT;
CREATE INDEX results_file ON results (file_id);

CREATE TABLE mentions (
    id      INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    scope   INTEGER NOT NULL,                       -- position of the section, -1 for the document
    line    INTEGER NOT NULL,
    text    TEXT    NOT NULL,                       -- a name that is written as code, its parts joined by dots
    name    TEXT    NOT NULL                        -- the last part
) STRICT;
CREATE INDEX mentions_file ON mentions (file_id);
CREATE INDEX mentions_name ON mentions (name);

CREATE TABLE calls (
    id         INTEGER PRIMARY KEY,
    file_id    INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    caller_id  INTEGER REFERENCES symbols (id) ON DELETE CASCADE,  -- NULL: module level
    scope      INTEGER NOT NULL,
    line       INTEGER NOT NULL,
    "column"   INTEGER NOT NULL,
    text       TEXT    NOT NULL,
    name       TEXT    NOT NULL,                    -- last identifier of the callee
    callee     TEXT    NOT NULL,
    arguments  TEXT    NOT NULL,                    -- JSON list of facts.Expr
    unresolved TEXT                                 -- why there is no edge; NULL when there is one
) STRICT;
CREATE INDEX calls_file ON calls (file_id);
CREATE INDEX calls_caller ON calls (caller_id) WHERE caller_id IS NOT NULL;
CREATE INDEX calls_unresolved ON calls (name) WHERE unresolved IS NOT NULL;

CREATE TABLE edges (
    call_id    INTEGER NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    target_id  INTEGER NOT NULL REFERENCES symbols (id) ON DELETE CASCADE,
    strategy   TEXT    NOT NULL,
    confidence REAL    NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    PRIMARY KEY (call_id, target_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX edges_target ON edges (target_id);

CREATE TABLE overrides (
    symbol_id INTEGER NOT NULL REFERENCES symbols (id) ON DELETE CASCADE,
    target_id INTEGER NOT NULL REFERENCES symbols (id) ON DELETE CASCADE,  -- the nearest method it stands in for
    PRIMARY KEY (symbol_id, target_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX overrides_target ON overrides (target_id);

-- What is named without being called: a type, a decorator, a field (write), a function that is handed over (callback).
CREATE TABLE symbol_references (
    id        INTEGER PRIMARY KEY,
    file_id   INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    source_id INTEGER REFERENCES symbols (id) ON DELETE CASCADE,  -- what names it; NULL: module level
    target_id INTEGER NOT NULL REFERENCES symbols (id) ON DELETE CASCADE,
    kind      TEXT    NOT NULL,
    line      INTEGER NOT NULL,
    strategy  TEXT    NOT NULL
) STRICT;
CREATE INDEX symbol_references_file ON symbol_references (file_id);
CREATE INDEX symbol_references_source ON symbol_references (source_id) WHERE source_id IS NOT NULL;
CREATE INDEX symbol_references_target ON symbol_references (target_id);

-- How each file was when its edges were last made; rows of files that are gone say what to look for.
CREATE TABLE linked (
    file_id INTEGER PRIMARY KEY,
    surface BLOB NOT NULL,
    members TEXT NOT NULL,                          -- JSON list: what others reach without importing it
    reads   BLOB NOT NULL,                          -- ids of the files its edges depend on, 8 bytes each, sorted
    problem TEXT NOT NULL                           -- why nothing of it is linked, "" when all went well
) STRICT;
CREATE INDEX linked_problem ON linked (file_id) WHERE problem <> '';

CREATE TABLE chunks (
    id          INTEGER PRIMARY KEY,
    file_id     INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    symbol_id   INTEGER REFERENCES symbols (id) ON DELETE SET NULL,
    kinds       TEXT    NOT NULL,                  -- words: kinds of the definitions it holds or belongs to
    line_start  INTEGER NOT NULL,
    line_end    INTEGER NOT NULL,
    byte_start  INTEGER NOT NULL,
    byte_end    INTEGER NOT NULL,
    tokens      INTEGER NOT NULL,
    embed_hash  BLOB    NOT NULL,                   -- sha256 of the text that was embedded
    crc         INTEGER NOT NULL,                   -- crc32 of the row and of its text
    generation  INTEGER NOT NULL
) STRICT;
CREATE INDEX chunks_file ON chunks (file_id);
CREATE INDEX chunks_symbol ON chunks (symbol_id) WHERE symbol_id IS NOT NULL;
CREATE INDEX chunks_embed ON chunks (embed_hash);

CREATE TABLE vectors (
    embed_hash BLOB NOT NULL,
    model      TEXT NOT NULL,
    vector     BLOB NOT NULL,                       -- float16, little-endian; empty for one of zeros
    crc        INTEGER NOT NULL,                    -- checksum of the row
    PRIMARY KEY (embed_hash, model)
) STRICT;

CREATE TABLE tombs (
    chunk_id   INTEGER PRIMARY KEY,                 -- replaced; still in the text index
    generation INTEGER NOT NULL
) STRICT;

CREATE TABLE vector_tombs (
    chunk_id   INTEGER PRIMARY KEY,                 -- replaced; may still be in the LanceDB table
    generation INTEGER NOT NULL
) STRICT;

CREATE TABLE problems (
    file_id INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    line    INTEGER NOT NULL,
    message TEXT    NOT NULL
) STRICT;
CREATE INDEX problems_file ON problems (file_id);

CREATE TABLE skips (
    path       BLOB    PRIMARY KEY,
    reason     TEXT    NOT NULL,
    size       INTEGER NOT NULL,                    -- -1 for what its name decides
    changed_ns INTEGER NOT NULL,
    crc        INTEGER NOT NULL                     -- checksum of the row
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id       INTEGER PRIMARY KEY,
    started  REAL NOT NULL,                         -- seconds since the epoch
    report   TEXT NOT NULL,                         -- JSON: files, seconds per stage, peak memory, failures
    crc      INTEGER NOT NULL                       -- checksum of the row
) STRICT;

-- What the reading queries give back: a row of facts with the file, and the symbol, that it belongs to.
CREATE VIEW symbol_rows AS
SELECT s.id, s.file_id, s.position, s.parent_id, s.name, s.qualified_name, s.full_name, s.kind, s.line_start, s.line_end,
       s.byte_start, s.byte_end, s.name_line, s.name_column, s.signature, s.docstring, s.decorators, s.type_parameters,
       s.returns, s.flags, f.path, f.language
FROM symbols s JOIN files f ON f.id = s.file_id;

CREATE VIEW chunk_rows AS
SELECT c.id, c.file_id, c.symbol_id, c.kinds, c.line_start, c.line_end, c.byte_start, c.byte_end, c.tokens, c.embed_hash,
       c.crc, c.generation, f.path, f.language, s.name, s.qualified_name, s.kind AS symbol_kind, s.signature
FROM chunks c JOIN files f ON f.id = c.file_id LEFT JOIN symbols s ON s.id = c.symbol_id;

CREATE VIEW call_rows AS
SELECT c.id, c.file_id, f.path, c.line, c."column", c.text, c.name, c.caller_id,
       coalesce(s.qualified_name, '') AS caller, coalesce(s.kind, 'module') AS caller_kind, f.module, c.unresolved
FROM calls c JOIN files f ON f.id = c.file_id LEFT JOIN symbols s ON s.id = c.caller_id;
