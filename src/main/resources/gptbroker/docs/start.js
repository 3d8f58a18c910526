// A file of its own, because the page's policy allows no inline scripts.
window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#page',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  // Nothing to try out here: most paths are on the other listener, which the page's policy does not let it ask.
  supportedSubmitMethods: [],
})
