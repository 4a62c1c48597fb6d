"""A client as people wrote it around 2005: select() and pickles. Runs on Python 2.7 and on Python 3.

    select_client.py NAME HOST PORT

Lines from standard input are sent, empty ones are not; what comes is printed. The length in front of a
frame is the machine's own unsigned long of htonl(length). It says what original 4's client says.
"""

import select
import socket
import struct
import sys

try:
    import cPickle as pickle
except ImportError:
    import pickle


def send(channel, text):
    pickled = pickle.dumps(text)
    channel.sendall(struct.pack("L", socket.htonl(len(pickled))) + pickled)


def receive_bytes(channel, size):
    got = b""
    while len(got) < size:
        more = channel.recv(size - len(got))
        if not more:
            return b""
        got += more
    return got


def receive(channel):
    prefix = receive_bytes(channel, struct.calcsize("L"))
    if not prefix:
        return None
    return pickle.loads(receive_bytes(channel, socket.ntohl(struct.unpack("L", prefix)[0])))


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def connect(host, port):
    try:
        channel = socket.create_connection((host, port))
    except socket.error:
        say("Failed to connect to chat server @ port %d" % port)
        sys.exit(1)
    say("Now connceted to chat server at port %d" % port)
    return channel


def main(name, host, port):
    say("[%s@%s]>" % (name, socket.gethostname().split(".")[0]))
    channel = connect(host, int(port))
    send(channel, "NAME: " + name)
    prompt = "[%s@%s]>" % (name, receive(channel).split("CLIENT: ")[1])
    while True:
        say(prompt)
        for ready in select.select([sys.stdin, channel], [], [])[0]:
            if ready is channel:
                message = receive(channel)
                if message is None:
                    say("Client shutting down")
                    return
                say(message)
            else:
                line = sys.stdin.readline().strip()
                if line:
                    send(channel, line)


try:
    main(*sys.argv[1:])
except KeyboardInterrupt:
    say("  Client interrupted, ")
