// SPDX-License-Identifier: Apache-2.0
// gateway.js OPTIONS: answers as Amazon API Gateway does for a REST API whose resource POST /prod/kinesis has an AWS-service integration
// with Kinesis, action PutRecord: the mapping template is run by a real VTL engine, and the call goes to a Kinesis API. Prints its port.
//
//	--kinesis URL		the Kinesis API
//	--key KEY		API key that is required
//	--rate N --burst N	usage plan: a token bucket of N a second; --quota N: calls altogether
//	--mapped		errors of Kinesis keep their status; without it they come as 200, as with a lone default mapping
//	--rules FILE		JSON: a list of answers to give instead, looked at for each call: {"status":504,"body":{...},"type":"...",
//				"times":2,"after":true (the call is made first),"delay":ms,"close":true,"stream":"only for this one"}
//	--log FILE		a line for each call: status, headers, body, what Kinesis was sent
//	--tls-cert FILE --tls-key FILE
'use strict'
const fs = require('fs')
const http = require('http')
const https = require('https')
const { render } = require('velocityjs')

const TEMPLATE = `{ "StreamName": "$input.params('streamname')", "PartitionKey": "$input.params('aerospike-digest')", \
"Data": "$util.base64Encode($input.body)" }`
const BODY_MAX = 10 * 1024 * 1024

const options = {}
for (let i = 2; i < process.argv.length; i++) {
  const name = process.argv[i].replace(/^--/, '')
  options[name] = name === 'mapped' ? true : process.argv[++i]
}

let tokens = +options.burst || Infinity
let left = options.quota === undefined ? Infinity : +options.quota
let filled = Date.now()
const used = new Map()

function usagePlan () {
  const now = Date.now()
  if (left <= 0) return { status: 429, type: 'LimitExceededException', body: { message: 'Limit Exceeded' } }
  tokens = Math.min(+options.burst || Infinity, tokens + (now - filled) / 1000 * (+options.rate || Infinity))
  filled = now
  if (tokens < 1) return { status: 429, type: 'TooManyRequestsException', body: { message: 'Too Many Requests' } }
  tokens--
  left--
  return null
}

function ruled (stream) {
  let rules = []
  try { rules = JSON.parse(fs.readFileSync(options.rules)) } catch (e) { return null }
  for (const [i, rule] of rules.entries()) {
    const id = i + JSON.stringify(rule)
    const n = used.get(id) || 0
    if (rule.stream !== undefined && rule.stream !== stream) continue
    if (rule.times !== undefined && n >= rule.times) continue
    used.set(id, n + 1)
    return rule
  }
  return null
}

// $input.params looks in path, query string, headers, in this order; header names are case-sensitive there.
function mapped (request, body) {
  const query = new URL(request.url, 'http://gateway').searchParams
  const headers = {}
  for (let i = 0; i < request.rawHeaders.length; i += 2) headers[request.rawHeaders[i]] = request.rawHeaders[i + 1]
  return render(TEMPLATE, {
    input: { params: name => query.get(name) || headers[name] || '', body: body.toString('utf8') },
    util: { base64Encode: text => Buffer.from(text, 'utf8').toString('base64') }
  })
}

function callKinesis (text, done) {
  const call = http.request(options.kinesis, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': 'Kinesis_20131202.PutRecord',
      'X-Amz-Date': new Date().toISOString().replace(/[-:]|\.\d+/g, ''),
      Authorization: 'AWS4-HMAC-SHA256 Credential=role/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0',
      'Content-Length': Buffer.byteLength(text)
    }
  }, answer => {
    const parts = []
    answer.on('data', part => parts.push(part))
    answer.on('end', () => done(answer.statusCode, Buffer.concat(parts).toString()))
  })
  call.on('error', () => done(0, ''))
  call.end(text)
}

function answer (request, response, entry, status, body, type) {
  entry.status = status
  if (options.log) fs.appendFileSync(options.log, JSON.stringify(entry) + '\n')
  const headers = { 'Content-Type': 'application/json', 'x-amzn-RequestId': String(Date.now()) }
  if (type) headers['x-amzn-ErrorType'] = type
  response.writeHead(status, headers)
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

function give (request, response, entry, rule) {
  setTimeout(() => {
    if (rule.close) request.socket.destroy()
    else answer(request, response, entry, rule.status, rule.body || { message: 'Internal server error' }, rule.type)
  }, rule.delay || 0)
}

function integrate (request, response, body, entry, done) {
  const isJson = (request.headers['content-type'] || 'application/json') === 'application/json'
  const text = isJson ? mapped(request, body) : body.toString('utf8')	// no template: passed through as it is
  entry.mapped = text
  callKinesis(text, (status, result) => {
    if (done) return done()
    if (status === 200) return answer(request, response, entry, 200, result)
    if (!status) return answer(request, response, entry, 504, { message: 'Network error communicating with endpoint' })
    answer(request, response, entry, options.mapped ? status : 200, result)
  })
}

function serve (request, response, body) {
  const entry = { method: request.method, url: request.url, headers: request.rawHeaders, body: body.toString('utf8') }
  const path = request.url.split('?')[0]
  if (request.method !== 'POST' || path !== '/prod/kinesis') {
    return answer(request, response, entry, 403, { message: 'Missing Authentication Token' }, 'MissingAuthenticationTokenException')
  }
  if (options.key && request.headers['x-api-key'] !== options.key) {
    return answer(request, response, entry, 403, { message: 'Forbidden' }, 'ForbiddenException')
  }
  const refused = usagePlan()
  if (refused) return answer(request, response, entry, refused.status, refused.body, refused.type)
  if (body.length > BODY_MAX) {
    return answer(request, response, entry, 413, { message: 'Request Too Long' }, 'RequestEntityTooLargeException')
  }
  const rule = ruled(request.headers.streamname)
  if (rule && !rule.after) return give(request, response, entry, rule)
  integrate(request, response, body, entry, rule ? () => give(request, response, entry, rule) : null)
}

function handle (request, response) {
  const parts = []
  request.on('data', part => parts.push(part))
  request.on('end', () => serve(request, response, Buffer.concat(parts)))
}

const server = options['tls-cert']
  ? https.createServer({ cert: fs.readFileSync(options['tls-cert']), key: fs.readFileSync(options['tls-key']) }, handle)
  : http.createServer(handle)
server.keepAliveTimeout = 60000
server.listen(+options.port || 0, '127.0.0.1', () => console.log(server.address().port))
