/** The admin API as a script uses it. */
export interface AdminClient {
  get<Answer>(path: string): Promise<Answer>;
  patch(path: string, body: unknown): Promise<void>;
  /**
   * Creates under an Idempotency-Key, so that a second try is the first. Null where it is there
   * already under another key (409).
   */
  create<Answer>(path: string, body: unknown, idempotencyKey: string): Promise<Answer | null>;
  sendText(path: string, text: string, idempotencyKey: string): Promise<void>;
}

export function adminClient(origin: string, token: string): AdminClient {
  async function call(method: string, path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${token}`);
    return fetch(`${origin}/admin/api/v1${path}`, { ...init, method, headers });
  }
  return {
    get: async <Answer>(path: string) =>
      (await expectOk(await call("GET", path, {}), path)) as Answer,
    async patch(path, body) {
      await expectOk(await call("PATCH", path, json(body)), path);
    },
    async create<Answer>(path: string, body: unknown, idempotencyKey: string) {
      const response = await call("POST", path, json(body, idempotencyKey));
      if (response.status === 409) return null;
      return (await expectOk(response, path)) as Answer;
    },
    async sendText(path, text, idempotencyKey) {
      const headers = { "content-type": "text/plain", "idempotency-key": idempotencyKey };
      await expectOk(await call("POST", path, { headers, body: text }), path);
    },
  };
}

function json(body: unknown, idempotencyKey?: string): RequestInit {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
  return { headers, body: JSON.stringify(body) };
}

async function expectOk(response: Response, path: string): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`Admin API ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}
