# More warnings than are shown are no mistake.
meta: { id: warns, endian: le }
-vmwire: { format: struct, transport: seqpacket, exchange: { request: ask, response: answer, error: err } }
types:
  ask:
    -vmwire: { tag: kind, size: 8 }
    seq:
      - { id: kind, type: u1, enum: ask_kind }
      - { size: 7 }
  answer:
    -vmwire: { tag: kind, size: 8 }
    seq:
      - { id: kind, type: u4, enum: answer_kind }
      - { id: errno, type: u4, -vmwire: { errno: true } }
enums:
  ask_kind:
    0: { id: v0 }
    1: { id: v1 }
    2: { id: v2 }
    3: { id: v3 }
    4: { id: v4 }
    5: { id: v5 }
    6: { id: v6 }
    7: { id: v7 }
    8: { id: v8 }
    9: { id: v9 }
    10: { id: v10 }
    11: { id: v11 }
    12: { id: v12 }
    13: { id: v13 }
    14: { id: v14 }
    15: { id: v15 }
    16: { id: v16 }
    17: { id: v17 }
    18: { id: v18 }
    19: { id: v19 }
    20: { id: v20 }
    21: { id: v21 }
    22: { id: v22 }
    23: { id: v23 }
    24: { id: v24 }
    25: { id: v25 }
    26: { id: v26 }
    27: { id: v27 }
    28: { id: v28 }
    29: { id: v29 }
    30: { id: v30 }
    31: { id: v31 }
    32: { id: v32 }
    33: { id: v33 }
    34: { id: v34 }
    35: { id: v35 }
    36: { id: v36 }
    37: { id: v37 }
    38: { id: v38 }
    39: { id: v39 }
    40: { id: v40 }
    41: { id: v41 }
    42: { id: v42 }
    43: { id: v43 }
    44: { id: v44 }
    45: { id: v45 }
    46: { id: v46 }
    47: { id: v47 }
    48: { id: v48 }
    49: { id: v49 }
    50: { id: v50 }
    51: { id: v51 }
    52: { id: v52 }
    53: { id: v53 }
    54: { id: v54 }
    55: { id: v55 }
    56: { id: v56 }
    57: { id: v57 }
    58: { id: v58 }
    59: { id: v59 }
  answer_kind:
    1: { id: ok }
    2: { id: err, -vmwire: { fields: [errno] } }
