"""Would change the tables of the database; a one-off, before a new version starts."""

import os

print(f"migrated the database of {os.environ.get('SHOP_NAME', 'a shop without a name')}")
