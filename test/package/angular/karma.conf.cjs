module.exports = (config) =>
  config.set({
    frameworks: ['jasmine'],
    plugins: [require('karma-jasmine'), require('karma-chrome-launcher')],
    customLaunchers: { Headless: { base: 'ChromeHeadless', flags: ['--no-sandbox'] } },
    browsers: ['Headless'],
  });
