"""STORES -> ANSWER: query, recall, fuse, rerank, budget, render. Never imports indexing."""
