"""The index: facts about code in three stores that change as one. Imports nothing, so that importing it is free."""
