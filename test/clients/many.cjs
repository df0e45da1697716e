// SPDX-License-Identifier: Apache-2.0
// many.cjs HOST:PORT: writes and reads with many requests under way.
'use strict'
const Aerospike = require('aerospike')

async function inParallel (n, width, each) {
  let next = 0
  await Promise.all(Array.from({ length: width }, async () => {
    while (next < n) await each(next++)
  }))
}

async function main () {
  const client = await Aerospike.connect({ hosts: process.argv[2], log: { level: Aerospike.log.OFF } })
  const key = (i) => new Aerospike.Key('test', 'demo', i)
  let written = 0
  let read = 0

  await inParallel(2000, 50, async (i) => { await client.put(key(i), { i, text: 'x'.repeat(i) }); written++ })
  await inParallel(2000, 50, async (i) => {
    const { bins } = await client.get(key(i))
    if (bins.i === i && bins.text.length === i) read++
  })
  console.log(`${written} written, ${read} read back`)
  client.close()
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
