"""What a framework has under this name: tasks, and a shell that ends with ^D."""

import os
import sys

shop = os.environ.get("DATABASE_URL", "no database")
match sys.argv[1:]:
    case ["migrate"]:
        print(f"migrating {shop}")
    case ["shell"]:
        print(f"connected to {shop}")
        for line in sys.stdin:
            print(line, end="")
    case _:
        sys.exit(f"no such task: {sys.argv[1:]}")
