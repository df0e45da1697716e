// SPDX-License-Identifier: Apache-2.0
// Mocha reporter: one JSON line for each test into $RESULTS as soon as it ends, so that a run that is cut off still counts.
'use strict'
const fs = require('fs')

module.exports = class {
  constructor (runner) {
    const put = (state, test, error) => fs.appendFileSync(process.env.RESULTS, JSON.stringify({
      state, title: test.fullTitle(), error: error && String(error.message || error).slice(0, 2000)
    }) + '\n')
    runner.on('pass', (test) => put('passed', test))
    runner.on('pending', (test) => put('pending', test))
    runner.on('fail', (test, error) => put('failed', test, error))
    runner.on('end', () => fs.appendFileSync(process.env.RESULTS, '{"state":"end"}\n'))
  }
}
