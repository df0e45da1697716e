// SPDX-License-Identifier: Apache-2.0
// kinesis.js PORT: kinesalite on the loopback address; prints its port.
'use strict'
const kinesalite = require('kinesalite')

const server = kinesalite({ createStreamMs: 1, deleteStreamMs: 1, updateStreamMs: 1, shardLimit: 100 })
server.keepAliveTimeout = 60000
server.listen(+process.argv[2] || 0, '127.0.0.1', () => console.log(server.address().port))
