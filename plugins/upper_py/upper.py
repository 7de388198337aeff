#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Upper-cases one field: one JSON value a line in, one out. Tested by upper.test."""
import json
import os
import sys

field = json.loads(os.environ["STREAMZ_ARGS"])["field"]
for line in sys.stdin:
    record = json.loads(line)
    if field in record:
        record[field] = record[field].upper()
    print(json.dumps(record, ensure_ascii=False), flush=True)
