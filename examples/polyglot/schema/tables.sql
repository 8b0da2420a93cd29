CREATE TABLE links (
    id         INTEGER PRIMARY KEY,
    target     TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    visited_at INTEGER NOT NULL
);

CREATE TABLE visit_totals (
    link_id INTEGER PRIMARY KEY REFERENCES links (id),
    visits  INTEGER NOT NULL DEFAULT 0
);

CREATE VIEW popular_links AS
SELECT links.target, visit_totals.visits
FROM visit_totals JOIN links ON links.id = visit_totals.link_id
ORDER BY visit_totals.visits DESC;
