import { fileURLToPath } from 'node:url';
import { serve } from './serve.js';

const folder = fileURLToPath(new URL('../dist/development/browser/', import.meta.url));
const { origin } = await serve(folder, Number(process.env['PORT'] ?? 4200));
console.log(`\n  ${origin} shows the example. Ctrl+C stops it.\n`);
