/** The browser's client of the service. */
export interface ShortLink {
  code: string;
  url: string;
}

export class LinkletError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

async function postJson(url: string, body: unknown): Promise<any> {
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
  if (!response.ok) {
    throw new LinkletError(response.status, await response.text());
  }
  return response.json();
}

export class LinkletClient {
  constructor(private readonly base: string) {}

  async shorten(target: string): Promise<ShortLink> {
    const { code } = await postJson(`${this.base}/links`, { target });
    return { code, url: this.shortUrl(code) };
  }

  shortUrl(code: string): string {
    return `${this.base}/${code}`;
  }
}
