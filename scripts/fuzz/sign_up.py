"""Makes a user with a group and a message, and prints their access token. Its argument is GoChat's address."""

import json
import secrets
import sys
import urllib.request


def post(path, body, token=""):
    request = urllib.request.Request(f"{sys.argv[1]}/api{path}", json.dumps(body).encode(), method="POST")
    request.add_header("content-type", "application/json")
    if token:
        request.add_header("authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["data"]


credentials = {"username": f"fuzz-{secrets.token_hex(6)}", "password": secrets.token_hex(16)}
other = post("/auth/register", {"username": f"other-{secrets.token_hex(6)}", "password": secrets.token_hex(16)})
post("/auth/register", credentials)
token = post("/auth/login", credentials)["accessToken"]
group = post("/conversations", {"type": 2, "name": "a group", "members": [other["user"]["id"]]}, token)
post(f"/conversations/{group['id']}/messages", {"messageType": 1, "content": "hello"}, token)
print(token)
