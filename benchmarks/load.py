"""A small load generator: some clients, each sending one request after the other."""

import http.client
import threading
import time

from .rig import HOST


def drive(port, requests, clients, seconds=None):
    """Send requests from several clients at once.

    :param requests: iterable of (path, body, headers), each sent by one client, once
    :param float seconds: stop after so long, even if requests are left
    :return: (answers with 200 per second, list of other answers)
    """
    source = iter(requests)
    lock, done, failed = threading.Lock(), [], []
    start = time.monotonic()

    def client():
        connection = http.client.HTTPConnection(HOST, port, timeout=60)
        while seconds is None or time.monotonic() - start < seconds:
            with lock:
                request = next(source, None)
            if request is None:
                break
            path, body, headers = request
            try:
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                answer.read()
                (done if answer.status == 200 else failed).append(answer.status)
            except (OSError, http.client.HTTPException) as error:
                failed.append(repr(error))
                connection.close()
        connection.close()

    threads = [threading.Thread(target=client) for _n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done) / (time.monotonic() - start), failed
