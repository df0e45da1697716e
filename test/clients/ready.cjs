// SPDX-License-Identifier: Apache-2.0
// Loaded before a file of the suite. Its helper does not wait for what it asks the server at the start, so a file that runs alone would
// skip tests for want of the server's version. See that it is known before the first test.
'use strict'
const helper = require(require('path').resolve('test/test_helper.js'))

before(async () => {
  for (let i = 0; i < 500 && !(helper.cluster.build && helper.cluster.namespaceInfo.config); i++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
})
