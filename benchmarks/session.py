"""A user's browser without its screen: logs in and asks routes over one kept connection."""

import http.client
import json

from .rig import HOST


class Session:
    """
    :param int port: of the server
    :param str login: name and password of a user, who has both the same
    """

    def __init__(self, port, database, login):
        self.connection = http.client.HTTPConnection(HOST, port, timeout=120)
        self.cookie = ""
        self.ask("/web/session/authenticate", db=database, login=login, password=login)

    def ask(self, path, /, **params):
        """:return: result of a route of type jsonrpc"""
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        headers = {"Content-Type": "application/json", "Cookie": self.cookie}
        self.connection.request("POST", path, body, headers)
        answer = self.connection.getresponse()
        content = json.loads(answer.read())
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie" and value.startswith("session_id="):
                self.cookie = value.split(";")[0]
        if "error" in content:
            raise RuntimeError(content["error"]["data"]["debug"])
        return content["result"]

    def call(self, model, method, *args, **kwargs):
        """:return: result of a public method of a model, as the web client calls it"""
        return self.ask(
            f"/web/dataset/call_kw/{model}/{method}",
            model=model,
            method=method,
            args=args,
            kwargs=kwargs,
        )

    def close(self):
        self.connection.close()
