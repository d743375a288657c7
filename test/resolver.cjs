'use strict';

// The validators of kubernetes-models are ES modules only, which jest finds by the condition "import".
module.exports = (request, options) => {
  const models = /kubernetes-models/.test(request) || /kubernetes-models/.test(options.basedir);
  return options.defaultResolver(
    request,
    models ? { ...options, conditions: [...options.conditions, 'import'] } : options,
  );
};
