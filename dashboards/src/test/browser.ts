// What Grafana's library expects of a browser while it is loaded: it asks for the languages alone.
Object.defineProperty(globalThis, 'navigator', { value: { language: 'en-US', languages: ['en-US'] }, configurable: true });
