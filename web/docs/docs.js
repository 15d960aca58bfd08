/* global SwaggerUIBundle */
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  // Otherwise the page would ask a validator on the internet about our description.
  validatorUrl: null,
});
