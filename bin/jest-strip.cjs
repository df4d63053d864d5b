// jest's transform: Node's own type stripper, so tests run exactly the code that `npm start` runs. Line numbers stay right.
const { stripTypeScriptTypes } = require('node:module');
module.exports = {
  process: source => ({ code: stripTypeScriptTypes(source, { mode: 'strip' }) }),
  canInstrument: false,
};
