meta: { id: exämple }
