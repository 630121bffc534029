"""The specimen of lesson 07: a mail script of the kind that was passed on by hand in 2016.

Its faults are there on purpose. So that it runs today, three comments got back their #; a
context stands in for ssl.wrap_socket, which is gone; and print(filedata) is out. Then it was cut
into functions, so that each can be replaced.
"""
import base64, io, socket, ssl, zipfile;

user = "you@lab.test"; password = "sunshine7";
people = (user, "lin@lab.test");

# what is sent
page = "<style>\r\n.card { border: 8px solid gold }\r\n</style>\r\n<h1>Grüße, 你好</h1>\r\n";
page += '<img class="card" src="cid:card" alt="a postcard">\r\n';
with open("postcard.png", "rb") as file:
    picture = file.read();
box = io.BytesIO();
with zipfile.ZipFile(box, "w") as file:
    entry = zipfile.ZipInfo("notes.txt", (2016, 5, 4, 9, 30, 0));
    file.writestr(entry, "".join(f"{n} squared is {n * n}\r\n" for n in range(200)));
archive = box.getvalue();

# the letter
def old_encoding(filedata):
    blocks = [filedata[start : start + 1024] for start in range(0, len(filedata), 1024)];
    return b"".join(base64.b64encode(block) for block in blocks)

def old_names(body, filename, content_id=None):
    kind = "image/gif" if content_id else "application/octet-stream"
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"
    head += f"Content-ID: <{content_id}>\r\n" if content_id else "";
    head += f"Content-Disposition: attachment; filename='{filename}'\r\n\r\n"
    return head.encode() + body

def old_boundary(subtype, parts):
    whole = f"Content-Type: multipart/{subtype}; boundary='BOUNDARY'\r\n\r\n".encode();
    whole += b"Content-Transfer-Encoding: 7bit\r\n"
    for part in parts:
        whole += b"\r\n--BOUNDARY\r\n" + part + b"\r\n"
    return whole

def old_letter(sender, recipient, subject, page, picture, archive, boundary):
    mime = "MIME-Version: 1.0\r\n";
    head = f"X-Mailer:mailer.py\r\nSubject: {subject}\r\n"
    text = b"Content-Type: text/html\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" + page.encode()
    return head.encode() + boundary("mixed", [text, picture, archive])

# talk to the server
def old_tls(address, hostname, cafile, timeout):
    context = ssl._create_unverified_context(ssl.PROTOCOL_SSLv23);
    return context.wrap_socket(socket.create_connection(address))

def old_dialogue(sock, user, password, sender, recipient, mail):
    print(sock.recv(1024).decode("utf-8"), end="");
    user, password = (base64.b64encode(word.encode()).decode() for word in (user, password));
    talk = [("HELO mail.lab.test", "250"), ("AUTH login", "334"), (user, "334"), (password, "235")];
    talk += [(f"MAIL FROM:<{sender}>", "250"), (f"RCPT TO:<{recipient}>", "250"), ("DATA", "354")];
    for line, expected in talk:
        sock.send(line.encode() + b"\r\n");
        answer = sock.recv(1024).decode("utf-8");
        print(answer, end="");
        if answer[:3] != expected:
            print("    ", expected, "reply not received from server");
    sock.send(mail);
    sock.send(b"\r\n.\r\nQUIT\r\n");
    print(sock.recv(1024).decode("utf-8"), end="");
    print("sent");

def letter(encoding=old_encoding, names=old_names, boundary=old_boundary, whole=old_letter,
           name="postcard.jpg", cid="card"):
    image = names(encoding(picture), name, cid);
    notes = names(encoding(archive), "notes.zip");
    return whole(*people, "Greetings", page.replace("cid:card", "cid:" + cid), image, notes, boundary)

def post(mail, provider):
    with old_tls(provider.address(465), provider.hostname, provider.ca_file, 10) as sock:
        old_dialogue(sock, user, password, *people, mail);
