"""The one program that people type; its verbs live in the parts that own them, and only here do the parts meet."""
