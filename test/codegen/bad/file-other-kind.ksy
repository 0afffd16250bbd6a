name: vmwire
version: 1
