# Runs one query on one thread, which is what the others have.
import sys

import duckdb

connection = duckdb.connect(config={"threads": 1})
connection.execute(sys.argv[1])
