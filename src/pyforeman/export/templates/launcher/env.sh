# Made by pyforeman export {{ format }}; a new export overwrites this file.
{{ values }}
