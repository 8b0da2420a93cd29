"""STORES -> ANSWER: query, scope, recall, signals, rerank, budget, render. Never imports indexing."""
