/** Returns the fenced code blocks of a Markdown text that are marked as `language`. */
export function codeBlocks(markdown: string, language: string): string[] {
  const blocks = markdown.matchAll(/^```(\S*)[^\n]*\n(.*?)^```$/gms);
  return [...blocks].flatMap(([, marked, code]) =>
    marked === language && code !== undefined ? [code] : [],
  );
}
