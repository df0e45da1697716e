// SPDX-License-Identifier: Apache-2.0
// subset.cjs HOST:PORT: a walk through the official client against an empty server; says what it saw.
'use strict'
const Aerospike = require('aerospike')
const { exp, lists, operations: op, filter } = Aerospike

const failing = (promise) => promise.then(() => 'no error', (error) => 'code ' + error.code)
const key = (name) => new Aerospike.Key('test', 'demo', name)

async function main () {
  const client = await Aerospike.connect({ hosts: process.argv[2], log: { level: Aerospike.log.OFF } })
  const bins = {
    i: -42,
    d: new Aerospike.Double(1.5),
    s: 'text',
    l: [1, 'a', [true]],
    m: { a: 1, b: { c: null } },
    b: Buffer.from([1, 2]),
    g: new Aerospike.GeoJSON.Point(1, 2)
  }
  await client.put(key('k'), bins, { ttl: 100 })
  let record = await client.get(key('k'))
  const shown = { ...record.bins, b: record.bins.b.toString('hex'), g: record.bins.g.toString() }
  console.log('put and get', JSON.stringify(Object.fromEntries(Object.keys(bins).map((name) => [name, shown[name]]))))

  const first = record.gen
  await client.put(key('k'), { extra: 1 }, { ttl: 100 })
  record = await client.get(key('k'))
  console.log(`generation ${first}, then ${record.gen}`)
  console.log('wrong generation:', await failing(client.put(key('k'), { i: 1 }, { gen: 9 }, { gen: Aerospike.policy.gen.EQ })))
  console.log('create twice:', await failing(client.put(key('k'), { i: 1 }, {}, { exists: Aerospike.policy.exists.CREATE })))
  console.log('missing record:', await failing(client.get(key('none'))))
  console.log('ttl between 95 and 100' + (record.ttl >= 95 && record.ttl <= 100 ? '' : ': ' + record.ttl))

  record = await client.operate(key('k'), [op.incr('i', 1), lists.append('l', 7), op.read('i')])
  console.log(`operate i ${record.bins.i}, l ${record.bins.l}`)
  console.log('filtered out:', await failing(client.get(key('k'), { filterExpression: exp.eq(exp.binInt('i'), exp.int(7)) })))

  const batch = await client.batchRead(['k', 'k', 'none'].map((name) => ({ key: key(name), readAllBins: true })))
  console.log('batch', batch.map((row) => row.status).join(' '))

  for (let i = 0; i < 100; i++) await client.put(new Aerospike.Key('test', 'many', i), { n: i })
  console.log('scan', (await client.scan('test', 'many').results()).length)
  await client.createIntegerIndex({ ns: 'test', set: 'many', bin: 'n', index: 'by-n' }).then((job) => job.wait(20))
  const query = client.query('test', 'many')
  query.where(filter.range('n', 20, 30))
  console.log('query', (await query.results()).length)

  const some = client.query('test', 'many')
  some.where(filter.range('n', 0, 9))
  await some.operate([op.write('seen', 1)]).then((job) => job.waitUntilDone())
  console.log('in the background', (await client.scan('test', 'many').results()).filter((row) => row.bins.seen === 1).length)

  await client.remove(key('k'))
  console.log('removed,', await failing(client.get(key('k'))))
  client.close()
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
