// Signing in.

import { send } from "../api/client";
import { Failure } from "../ui/basic";
import { useTask } from "../ui/data";

export function Login({ onDone }: { onDone: () => void }) {
  const task = useTask();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const done = await task.run(() => send("POST", "/login", { user: String(form.get("user")), password: String(form.get("password")) }));
    if (done) onDone();
  };
  return (
    <main class="alone login">
      <form onSubmit={(event) => void submit(event)}>
        <p class="brand">
          <svg viewBox="0 0 32 32" aria-hidden="true"><path d="M4 23h9c6 0 6-14 15-14M13 23h15" /><circle cx="13" cy="23" r="3" /></svg>
          Pointsman
        </p>
        <h1>Sign in</h1>
        <label>
          User
          <input name="user" autoComplete="username" required autoFocus />
        </label>
        <label>
          Password
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        {task.error && (task.error.status === 401
          ? <p class="wrong" role="alert">{task.error.message}</p>
          : <Failure error={task.error} />)}
        <button type="submit" class="button primary" disabled={task.busy}>{task.busy ? "Signing in…" : "Sign in"}</button>
        <p class="note">Users stand in the configuration under <code>admin.users</code>, with a hash of their password.</p>
      </form>
    </main>
  );
}
