meta: { id: example, endian: le }
-vmwire: { format: struct, transport: datagram, max_fds: 2 }
types:
  request:
    -vmwire: { tag: type, size: 8 }
    seq:
      - { id: type, type: u4, enum: request_type }
      - { id: length, type: u4 }
enums:
  request_type:
    1: { id: share, -vmwire: { fields: [length] } }
key0: 1
key1: 1
key2: 1
key3: 1
key4: 1
key5: 1
key6: 1
key7: 1
key8: 1
key9: 1
key10: 1
key11: 1
key12: 1
key13: 1
key14: 1
key15: 1
key16: 1
key17: 1
key18: 1
key19: 1
key20: 1
key21: 1
key22: 1
key23: 1
key24: 1
key25: 1
key26: 1
key27: 1
key28: 1
key29: 1
key30: 1
key31: 1
key32: 1
key33: 1
key34: 1
key35: 1
key36: 1
key37: 1
key38: 1
key39: 1
key40: 1
key41: 1
key42: 1
key43: 1
key44: 1
key45: 1
key46: 1
key47: 1
key48: 1
key49: 1
key50: 1
key51: 1
key52: 1
key53: 1
key54: 1
