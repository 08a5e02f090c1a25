"""Whole prompts counted by `pointsman tokens --request`, against counts that OpenAI's API reported and against npm
gpt-tokenizer: messages, names, calls, functions and the choice of one.

Skipped without Node or npm, when the locked packages cannot be installed here, and when the vocabularies are not in this
build.
"""
import json
import os
import subprocess
import sys

import harness
import token_parity_test

RANDOM = 60


def counted(body):
    run = subprocess.run([harness.BINARY, "tokens", "--request", "-", "--json"], input=json.dumps(body), capture_output=True,
                         text=True, check=False)
    if run.returncode:
        sys.exit(f"exit code {run.returncode} for {body}: {run.stderr}")
    return json.loads(run.stdout)


def cases():
    command = ["node", os.path.join(token_parity_test.FOLDER, "prompt_counts.mjs"), str(RANDOM)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def wrong(case):
    """What is wrong with our count, or nothing. Of objects in objects two published sets of counts disagree: ours is no
    less than either, and says that it is an estimate."""
    ours = counted(case["body"])
    if not case["nested"]:
        return None if ours["tokens"] == case["tokens"] else f"{ours['tokens']} tokens, not {case['tokens']}"
    if ours["exact"] or "tools" not in ours["doubts"]:
        return "should be an estimate"
    return None if ours["tokens"] >= case["tokens"] else f"{ours['tokens']} tokens, fewer than {case['tokens']}"


def main():
    reason = token_parity_test.why_not_node()
    if reason is None and counted({"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}]})["encoding"] is None:
        reason = "the vocabularies are not in this build"
    if reason:
        print(f"skipped: {reason}")
        return harness.SKIPPED
    bad = 0
    every = cases()
    for case in every:
        if problem := wrong(case):
            bad += 1
            print(f"{problem}: {json.dumps(case['body'], ensure_ascii=False)}")
    print(f"{len(every)} requests, {bad} wrong")
    return 1 if bad or len(every) < RANDOM + 30 else 0


if __name__ == "__main__":
    sys.exit(main())
