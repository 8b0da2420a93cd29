"""Which embedding models are there, and where do their numbers come from?

``static`` computes the built-in model from the data files in this folder (``MODEL.json`` says what they are),
``sentence`` runs any sentence-transformers model in a child process (``sentence_child``). Import neither: ask
``mcp_server.embedding.open_embedder``, which imports the one that is needed.
"""
