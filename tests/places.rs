//! Where passwords and personal data stand in everyday text: each is hidden whole and
//! alone, and what stands before it does not hide it from the search.

use confidant::redact::{Finding, Redactor, StreamRedactor};

/// Texts in which the values between `«` and `»` are all that is found.
const SECRETS: &[&str] = &[
    // A name, a blank and a value.
    "machine mail.acme.test login svc_app password «4$q1^Dd$_VOn~^b*A+T»\n",
    "machine db1.test\nlogin deploy\npassword «w!v1?@O0-.5E-Mm7L»\n",
    "machine db1.test login deploy password «Purple-orange1303!»\n",
    "requirepass «w!v1?@O0-.5E-Mm7L»\nport 6379\n",
    "  user ann insecure-password «w!v1?@O0-.5E-Mm7L»\n",
    "user ann pass «w!v1?@O0-.5E-Mm7L»\n",
    "Use ann with password «w!v1?@O0-.5E-Mm7L» to connect.\n",
    "# TODO remove: password «w!v1?@O0-.5E-Mm7L»\n",
    "rootpw --plaintext «w!v1?@O0-.5E-Mm7L»\nkeyboard us\n",
    "enable secret 0 «w!v1?@O0-.5E-Mm7L»\n",
    "bindpw «w!v1?@O0-.5E-Mm7L»\nbase dc=acme\n",
    "ldap_default_authtok = «w!v1?@O0-.5E-Mm7L»\n",
    "pw: «w!v1?@O0-.5E-Mm7L»\n",
    "network={\n    psk=\"«w!v1?@O0-.5E-Mm7L»\"\n}\n",
    "10.0.0.1 10.0.0.2 : PSK \"«w!v1?@O0-.5E-Mm7L»\"\n",
    "chpasswd:\n  list: |\n    ann:«w!v1?@O0-.5E-Mm7L»\n    bob:«x!v1?@O0-.5E-Mm7L»\n  expire: false\n",
    // Words with a dot.
    "DB_PASSWORD=«Winter.rocket8181!»\n",
    "  - \"POSTGRES_PASSWORD=«Summer.dragon2047!»\"",
    "spring.datasource.password=«Rocket.summer6325$»\n",
    "CREATE USER 'root'@'%' IDENTIFIED BY '«Tiger.coffee3343?»';",
    "Server=db;User Id=maria.k;Password=«Dragon.falcon1090?»;Encrypt=true",
    "the password is «Winter.rocket8181?» for now",
    "password = config.rocket\n",
    "password = Winter.rocket81.get()\n",
    // Marks at the end.
    "<Key>Password</Key><Value ProtectInMemory=\"True\">«Dragon-falcon4572!»</Value>",
    "the db password is «Rocket_rocket3911!» fyi",
    "{\"password\": \"«Rocket_rocket3911!»\"}",
    // A tag behind the value, and one before it.
    "<p><b>Password:</b> «4_wAq_9Xr_J*l=4»<br>Host: x</p>",
    "[b]Password:[/b] «4_wAq_9Xr_J*l=4»\n",
    "'''Password''': «4_wAq_9Xr_J*l=4»\n",
    "*Password:* {{«4_wAq_9Xr_J*l=4»}}\n",
    "Password: \\texttt{«4_wAq_9Xr_J*l=4»}\\\\\n",
    "### Password\n\n«4_wAq_9Xr_J*l=4»\n\n### Host\nx\n",
    "\u{1f510} Password \u{1f449} «4_wAq_9Xr_J*l=4»\n",
    "password: !!str '«F0@xI5L$~wmhS_3»'\nport: 1\n",
    "password: &pw '«Falcon-rocket8336!»'\nother: *pw\n",
    // The user is no part of the secret.
    "creds: deploy:«J_N?xzW_w?OL5»\n",
    "curl -u admin:«J_N?xzW_w?OL5» https://api.test/\n",
    "curl -u 'admin:«J_N?xzW_w?OL5»' https://api.test/\n",
    "curl -u admin:'«J_N?xzW_w?OL5»' https://api.test/\n",
    "smbclient -U 'ann%«J_N?xzW_w?OL5»' //h/s\n",
    // Passwords that nobody encoded for the address that they stand in.
    "postgres://ann:«p4Rt1x@lMz#B@k4»@db.internal:5432/x\n",
    "postgres://ann:«p4Rt1x@lMz/B@k4»@db.internal:5432/x\n",
    "DATABASE_URL=mysql://ann:«x9@y#zQ2!w»@host:3306/db\n",
    "redis://:«k4?Rt#1x@lMzB»@cache:6379/0\n",
    "https://ann:«p4Rt#1xlMz/B»@git.acme.test/a/b.git\n",
    "smtp://ann:«a9@B#c@Dk4xQ»@mail.acme.test:587",
    "postgres://ann@acme.test:«1spNxnyVmihA#2»@db:5432/x\n",
    "postgres://ann@acme.test:«1spNxnyVmihA2»@db:5432/x\n",
    "postgres://ann:«p4Rt1xlMzB»@db/x?mail=bob@acme.test\n",
    "mongodb://ann:«p4Rt1xlMzB»@a.acme.test:27017,b.acme.test:27017/x\n",
    // Commands and calls.
    "zip -P '«J_N?xzW_w?OL5»' a.zip b\n",
    "ldapsearch -D cn=ann -w '«J_N?xzW_w?OL5»' -b dc=acme\n",
    "net user ann «J_N?xzW_w?OL5» /add\n",
    "net use Z: \\\\h\\s /user:ann «J_N?xzW_w?OL5»\n",
    "sqlplus ann/«J_NxzWw8OL5»@//db:1521/ORCL\n",
    "new PDO('mysql:host=db', 'ann', '«J_N?xzW_w?OL5»');\n",
    "createUser ann SHA \"«J_N?xzW_w?OL5»\" AES\n",
    "user app on >«J_N?xzW_w?OL5» ~app:* +@all\n",
    "cache_peer p.test parent 3128 0 login=ann:«J_N?xzW_w?OL5»\n",
    "Dim password As String = \"«J_N?xzW_w?OL5»\"\n",
    "{db, [{user, \"ann\"}, {password, \"«J_N?xzW_w?OL5»\"}, {port, 1}]}.\n",
    "INSERT INTO users (id, name, password) VALUES (1, 'ann', '«J_N?xzW_w?OL5»');\n",
    // Tables.
    " id | name |   password    | on\n----+------+---------------+----\n  1 | ann  | «J_N?xzW_w?OL5» | t\n(1 row)\n",
    "-[ RECORD 1 ]---\nid       | 1\npassword | «J_N?xzW_w?OL5»\n",
    "+----+---------------+\n| id | password      |\n+----+---------------+\n|  1 | «J_N?xzW_w?OL5» |\n+----+---------------+\n",
    "<table><tr><th>User</th><th>Password</th></tr><tr><td>ann</td><td>«J_N?xzW_w?OL5»</td></tr></table>",
    // Other languages.
    "Hasło: «J_N?xzW_w?OL5»\n",
    "Hasło to «J_N?xzW_w?OL5» na razie\n",
    "La password è «J_N?xzW_w?OL5» per ora\n",
    "Heslo je «J_N?xzW_w?OL5»\n",
    "Lösenordet: x\nLösenord är «J_N?xzW_w?OL5»\n",
    "Adgangskode er «J_N?xzW_w?OL5»\n",
    "Passord: «J_N?xzW_w?OL5»\n",
    "Salasana on «J_N?xzW_w?OL5»\n",
    "Jelszó: «J_N?xzW_w?OL5»\n",
    "Parola: «J_N?xzW_w?OL5»\n",
    "Parola d'ordine: «J_N?xzW_w?OL5»\n",
    "Şifre: «J_N?xzW_w?OL5»\n",
    "Kata sandi: «J_N?xzW_w?OL5»\n",
    "Mật khẩu: «J_N?xzW_w?OL5»\n",
    "Lozinka: «J_N?xzW_w?OL5»\n",
    "Parool: «J_N?xzW_w?OL5»\n",
    "Contrasenya: «J_N?xzW_w?OL5»\n",
    "Пароль: «J_N?xzW_w?OL5»\n",
    "密码是«J_N?xzW_w?OL5»\n",
    "パスワード: «J_N?xzW_w?OL5»\n",
    "비밀번호: «J_N?xzW_w?OL5»\n",
    "كلمة المرور: «J_N?xzW_w?OL5»\n",
    "סיסמה: «J_N?xzW_w?OL5»\n",
    "รหัสผ่าน: «J_N?xzW_w?OL5»\n",
    // A line end behind a key is no secret of its own.
    "apikey=\"«AKIAQ3EGRIZJ7OWLMXUV»\\n\"",
    "token='«AKIAQ3EGRIZJ7OWLMXUV» '",
    // An ampersand in a password that a person made.
    "DB_PASSWORD=«Yarrow-hazel4843&»\nDB_PORT=5432\n",
    "DB_PASSWORD=«Hazel&sable71»\n",
    "password: «Heron-lilac40&»\nlet me know\n",
    "bindpw «Hazel_sable&5925»\n",
    "Server=db;User=ann;Password=«Kitten&1985x»;Encrypt=true",
    "mount -o username=ann,password=«Tundra.orchid6312&»\n",
    "user ann and password «WalnutJuniper45&» on the server\n",
    "GET /login?user=ann&password=«Heron-lilac40»&next=1\n",
    "Server=db;User Id=ann;Password=«Dragon.dragon1090?»;Encrypt=true",
    // The value stands before its name.
    "use `«7O$wJKT59ZN1rWl-=dVR»` as the password for db1\n",
    "use «7O$wJKT59ZN1rWl-=dVR» as the password for db1\n",
    "Use \"«Pickle*juniper94»\" as your password.\n",
    "use `password_hash` as the password field\n",
    // What was before, and what is now.
    "rotate the password from «q8Zr!tW2mLk9v» to «xpp8+yF.iRE+EZuB» today\n",
    "password changed from \"«q8Zr!tW2mLk9v»\" to \"«Heron-garnet63&»\" by ann\n",
    "the password was changed from the console to the new one\n",
    "old password «q8Zr!tW2mLk9v», new password «xpp8+yF.iRE+EZuB»\n",
    // Sentences.
    "The password is\n\n    «y9BKweo02ZvXlsZ-SV»\n\nThanks\n",
    "The admin password (prod) is «g69rt#3h9!_EBU9s*l».\n",
    "a senha do banco é «u~?EnrFA1~TX.a6VZC»\n",
    "la password di db.local è «E5.dwtg.+_^R$_RsL»\n",
    "hasło do bazy: «E5.dwtg.+_^R$_RsL»\n",
    "the password is \u{201c}«KcA2+@L-.40d9tE=kpQ»\u{201d} on db-3\n",
    "das Passwort ist \u{201e}«Heron-lilac40!»\u{201c}, danke\n",
    "\u{201c}What is your password?\u{201d} she asked\n",
    "creds for staging: ann / «KcA2+@L-.40d9tE=kpQ»\n",
    "passwords: «hT7#kLm2Qx9z», «pW4!vBn8Rs3y», «zK6%dFg1Ty5u»\n",
    // Files and commands.
    "db::password: '«xWk9FFyMUY9leeY?KPsp»'\n",
    "let x: auth::password::Hash = 'a';\n",
    "<auth-user-pass>\nann\n«xWk9FFyMUY9leeY?KPsp»\n</auth-user-pass>\n",
    "PASSWORD: ${DB_PASSWORD:-«q8Zr!tW2mLk9v»}\n",
    "echo ${DB_PASSWORD:?must be set, see README1!x}\n",
    "echo \"password=«q8Zr%21tW2mLk9v»&x=1\"\n",
    "lftp -u ann,'«q8Zr!tW2mLk9v»' db1\n",
    "evil-winrm -i 10.0.0.4 -u ann -p '«Walnut_zephyr#7590»'\n",
    "smtp.login(\"ann@acme.test\", \"«Velvet!harbor9760»\")\n",
    "sshpass -p '«(OsgM7>unC_14@rZmT»' ssh ann@db1\n",
    "zip -P '«UY[Q9xy=Xa%VfTW$»' a.zip b\n",
    "zip -P \"$(cat pass.txt)\" a.zip b\n",
    "echo 'ann:«6ZJ[An!5k3x},ok»' | chpasswd\n",
    "The password is\n\n    «imLUD^HZQ&8_yBAy=B»\n",
    // More tables.
    "||user||password||\n|ann|«xWk9FFyMUY9leeY?KPsp»|\n|bob|«7O$wJKT59ZN1rWl-=dVR»|\n",
    "\"id\",\"password\",\"description\"\r\n\"1\",\"«xWk9FFyMUY9leeY?KPsp»\",\"x\"\r\n",
    "\"password\",\"description\"\r\n\"«xWk9FFyMUY9leeY?KPsp»\",\"x\"\r\n",
    " id |            password             | x\n----+---------------------------------+--\n  1 | «lpmjlNRdNc8D4B2lznZtt3y2yibrQe»  | y\n",
    // Ids and digests are no keys.
    "client_id: 8d3fK2mXq9TzBn4LcYsQd8HjN3pGa1xK\n",
    "key: user-4bf92f35-77b3-4da6-a3ce-929d0e0e4736\n",
    "cache key node-modules-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n",
    // Members in the other order, and elements with prefixes, attributes and comments.
    "{\"value\":\"«kR7#wz!9Qm-x2P»\",\"name\":\"DB_PASSWORD\"}\n",
    "{\"Value\": \"«kR7#wz!9Qm-x2P»\", \"Key\": \"DbPassword\"}\n",
    "- value: «kR7#wz!9Qm-x2P»\n  name: DB_PASSWORD\n",
    "<property value=\"«kR7#wz!9Qm-x2P»\" name=\"password\"/>\n",
    "<add\n value=\"«kR7#wz!9Qm-x2P»\"\n key=\"DbPassword\" />\n",
    "{\"value\":\"a\"},{\"name\":\"password\"}\n",
    "<wsse:Password>«kR7#wz!9Qm-x2P»</wsse:Password>",
    "<wsse:Password Type=\"http://x.test/profile#PasswordText\">«kR7#wz!9Qm-x2P»</wsse:Password>",
    "<password\n  type=\"string\">«kR7#wz!9Qm-x2P»</password>\n",
    // Odd rows, rows of one cell, and wide ones.
    "name,note,password\nann,x,«Rocket.summer6325$»\nbob,\"a\nb\",«Hazel&sable71»\ncid,z,«kR7#wz!9Qm-x2P»\n",
    "name,note,password\nann\nbob,x,«kR7#wz!9Qm-x2P»\n",
    "| a | password |\n|---|---|\n| x\\|y | «kR7#wz!9Qm-x2P» |\n| b |\n| c | «Hazel&sable71» |\n",
    "| password |\n|---|\n| «kR7#wz!9Qm-x2P» |\n",
    " password\n----------\n «kR7#wz!9Qm-x2P»\n(1 row)\n",
    "a_rather_long_title,another_long_title,a_third_long_title,a_fourth_long_title,a_fifth_long_title,a_sixth_long_title,password\n1,2,3,4,5,6,«kR7#wz!9Qm-x2P»\n",
    "INSERT INTO u (ts, password) VALUES (CAST('x' AS date), '«kR7#wz!9Qm-x2P»');\n",
    "INSERT INTO u (ts, password) VALUES (to_timestamp('1', 'YYYY'), '«kR7#wz!9Qm-x2P»');\n",
    // Titles of any characters, dialects of files, boxes, columns of a fixed width, and dumps.
    "\u{feff}user,password\nann,«kR7#wz!9Qm-x2P»\n",
    "Größe;Passwort;Straße\n1;«kR7#wz!9Qm-x2P»;x\n",
    "user,password (initial),x\nann,«kR7#wz!9Qm-x2P»,y\n",
    "#,user,password\n1,ann,«kR7#wz!9Qm-x2P»\n",
    "login/password,x\n«kR7#wz!9Qm-x2P»,ann\n",
    "\"name, first\",\"password\"\n\"a, b\",\"«kR7#wz!9Qm-x2P»\"\n",
    "| # | Größe | 🔑 Passwort (neu) |\n|---|---|---|\n| 1 | b | «kR7#wz!9Qm-x2P» |\n",
    "> | user | password |\n> |---|---|\n> | ann | «kR7#wz!9Qm-x2P» |\n",
    "name,note,password\nann\nbob\ncid,x,«kR7#wz!9Qm-x2P»\n",
    "'id','name','password'\n'1','x, y','«kR7#wz!9Qm-x2P»'\n",
    "id,note,password\n1,note\\, with comma,«kR7#wz!9Qm-x2P»\n",
    "id|name|password|remark\n1|ann|«kR7#wz!9Qm-x2P»|x\n",
    "|===\n|User |Password\n\n|ann |«kR7#wz!9Qm-x2P»\n|===\n",
    "====  ================\nUser  Password\n====  ================\nann   «kR7#wz!9Qm-x2P»\n====  ================\n",
    "Name   Password        Host\n----   --------        ----\nann    «kR7#wz!9Qm-x2P»  db1\n",
    "+------+----------+\n| User | Password |\n+======+==========+\n| ann  | «kR7#wz!9Qm-x2P» |\n+------+----------+\n",
    "│ password │ «kR7#wz!9Qm-x2P» │\n",
    "┌────┬──────────┐\n│ id │ password │\n├────┼──────────┤\n│ 1  │ «kR7#wz!9Qm-x2P» │\n└────┴──────────┘\n",
    "COPY public.users (id, name, password) FROM stdin;\n1\tann\t«kR7#wz!9Qm-x2P»\n2\t\\N\t«Hazel&sable71»\n\\.\n",
    "COPY users (id, password) FROM STDIN WITH CSV DELIMITER ';';\n1;«kR7#wz!9Qm-x2P»\n\\.\n",
    "INSERT INTO u (id, bio, password) VALUES (1,'a\nb','«kR7#wz!9Qm-x2P»'),(2,'C:\\','«Hazel&sable71»'),(3,'it\\'s','«kR7#wz!9Qm-x2P»');",
    "INSERT INTO u (id, bio, password) VALUES (1,ARRAY['a','b'],'«kR7#wz!9Qm-x2P»');",
    "INSERT INTO u (id, password) VALUES (1,crypt('«kR7#wz!9Qm-x2P»', gen_salt('bf')));",
    "INSERT INTO u (id, password) VALUES -- rows\n(1,'«kR7#wz!9Qm-x2P»');",
    "INSERT INTO u (id, password) SELECT 'c','«kR7#wz!9Qm-x2P»';",
    "CREATE TABLE `users` (\n  `id` int(11) NOT NULL,\n  `price` decimal(10,2),\n  `password` varchar(80) DEFAULT NULL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB;\n\nLOCK TABLES `users` WRITE;\nINSERT INTO `users` VALUES (1,2.5,'«kR7#wz!9Qm-x2P»'),(2,3,'«Hazel&sable71»');\n",
    "CREATE TABLE users(id INTEGER, password TEXT);\nINSERT INTO users VALUES(1,'«kR7#wz!9Qm-x2P»');\nINSERT INTO users VALUES(2,'«Hazel&sable71»');\n",
    "from x import (\n    Lexer, Token\n    foo, self.Parse2(Foo_Bar)[0]!\n)\n",
    "def f(user, password):\n    a, self.Parse2(Foo_Bar)[0]!\n",
    "<my-ns.x_1:password>«kR7#wz!9Qm-x2P»</my-ns.x_1:password>",
    "<a:key>password</a:key><a:value>«kR7#wz!9Qm-x2P»</a:value>",
    "<entry><value>«kR7#wz!9Qm-x2P»</value><key>password</key></entry>\n",
    "{\"Name\":\"/prod/db/password\",\"Type\":\"SecureString\",\"Value\":\"«kR7#wz!9Qm-x2P»\"}",
    "password:\n  value: «kR7#wz!9Qm-x2P»\n",
    "password:\n  prod: «kR7#wz!9Qm-x2P»\n  dev: x\n",
    "password:\n    # of last week\n    current: «kR7#wz!9Qm-x2P»\n",
    "{\"db_password\":{\"prod\":\"«kR7#wz!9Qm-x2P»\",\"dev\":\"x\"}}",
    "password:\n  type: string\n  example: \"«kR7#wz!9Qm-x2P»\"\n",
    "password:\n  type: string\n  pattern: \"^[A-Z]+\\d{2,8}!?$\"\n  required: true\n",
    "{\"password\":{\"type\":\"string\",\"pattern\":\"^[A-Z]+d{2,8}!?$\",\"minLength\":8}}",
    "variable \"db_password\" {\n  description = \"of the database that holds the orders of all shops of the database that holds the orders of all shops of the database that holds the orders of all shops of the database that holds the orders of all shops of the database that holds the orders of all shops of the database that holds the orders of all shops of the database that holds the orders of all shops of the database that holds the orders of all shops \"\n  type = string\n  default = \"«kR7#wz!9Qm-x2P»\"\n}\n",
    "{\"type\":\"random_password\",\"instances\":[{\"attributes\":{\"length\":20,\"result\":\"«kR7#wz!9Qm-x2P»\"}}]}",
    "[[tokens]]\nname = \"ci\"\nvalue = \"«q8ZrtW2mLk9vT4xYp0Bn7Kd5Hs3Jg6Fa»\"\n",
    "<tr><th> User </th><th><b>Password</b></th></tr><tr><td>a</td><td>«kR7#wz!9Qm-x2P»</td></tr>",
    // What stands between an operator and a literal.
    "password = /* prod */ \"«kR7#wz!9Qm-x2P»\"\n",
    "password = # prod\n  \"«kR7#wz!9Qm-x2P»\"\n",
    "password = (String) \"«kR7#wz!9Qm-x2P»\";\n",
    "char *password = (char *)\"«kR7#wz!9Qm-x2P»\";\n",
    "password: string | null = \"«kR7#wz!9Qm-x2P»\"\n",
    "password = isProd ? \"«kR7#wz!9Qm-x2P»\" : \"\"\n",
    "password = \"\" if prod else \"«kR7#wz!9Qm-x2P»\"\n",
    "m.insert(\"password\".to_string(), \"«kR7#wz!9Qm-x2P»\".to_string());\n",
    "password = Value(\"«kR7#wz!9Qm-x2P»\")\n",
    "password = Value(\"password_field\")\n",
    "password\u{200b}: «kR7#wz!9Qm-x2P»\n",
    // Addresses with marks in the password, and with a mail address as user.
    "postgres://ann:«p4Rt1x@lMz#B@k4»@db.internal:5432/x\n",
    "DATABASE_URL=postgres://ann@ex.org:«1spNxnyVmihA#2»@db:5432/x\n",
    "see https://ann:«p4Rt1xLmz»@db.internal/a@v2.0\n",
    "https://db.internal:8080/a@v2.0\n",
    "{\"a\": \"Log in, export DB_PASSWORD=«kR7#wz!9Qm-x2P»\", \"b\": \"x\"}\n",
    "{\"a\":\"{\\\"c\\\":\\\"export DB_PASSWORD=«kR7#wz!9Qm-x2P»\\\\n\\\",\\\"b\\\":1}\"}\n",
    "{\"run\": \"echo \\\"root:«kR7#wz!9Qm-x2P»\\\" | chpasswd\"}\n",
    // A value that repeats its name, and other things of programs.
    "#define SSL_TXT_kRSAPSK \"kRSAPSK\"\n",
    "#define SN_kx_ecdhe_psk \"KxECDHE-PSK\"\n",
    "typedef struct yppasswd yppasswd;\n",
    "#define MASTER_SECRET_CONST \"\\x6d\\x61\\x73\\x74\\x65\\x72\"\n",
    "#define OBJ_pkcs9_challengePassword OBJ_pkcs9,7L\n",
    "#define CKA_SECONDARY_AUTH (0x200UL)\n",
    "SECKEYPrivateKey *PK11_FindKeyByKeyID(PK11SlotInfo *slot);\n",
    "<SignatureValue>fDKK0so/zFcmmq2X+BaVFmS0t8KB7tyW53YN6n221OArzGCs4OyW</SignatureValue>\n",
    "token: \"<a7f3b8e2:Name_1>\",\n",
    "\"pattern\":\"token=([A-Za-z0-9-]+)\"\n",
    "may pass %m/%d/%Y to it\n",
    "#define NE_START_ENCLAVE _IOWR(0xAE, 0x24, struct x)\n",
    // What only looks like it.
    "Passwörter werden nie gespeichert.\n",
    "katalog: Sifremi unuttum\n",
    "the net user growth of 2024 is 12,345\n",
    "grep -w word file -U 3\n",
    "margin=auto origin=https://x.test\n",
    "password to be set on the server on Monday\n",
    "____________________________________________________________________\n",
];

/// The same, with the preset that includes personal data.
const PERSONAL: &[&str] = &[
    "id,card_number,z\n1,«4804 1402 8979 0994»,q\n",
    "id,card,z\n1,«3768 142639 73950»,q\n",
    "id,ip,z\n1,«203.131.32.21»,q\n",
    "10,«4111 1111 1111 1111»,5\n",
    "1,«DE89 3704 0044 0532 0130 00»,2\n",
    "2026-01-02,«203.0.113.7»,x\n",
    "it is «jürgen@example.org».",
    "«carla@müller.de»",
    "请联系«maria@web.de»谢谢",
    "请联系«dc:a7:d6:de:cd:40»谢谢",
    "'«b5:29:50:96:66:5f»'",
    "\u{201c}«b5:29:50:96:66:5f»\u{201d}",
    "a\u{a0}«a5:58:29:ce:0d:60»\u{a0}b",
    "\u{1f4e7}«f0:c1:ee:2e:22:8f»\u{1f389}",
    "(«512-775-4164»)",
    "ssh root@«203.0.113.7»",
    "scp a.txt ann@«203.0.113.7»:/tmp",
    "«203.0.113.7»-«203.0.113.9»",
    "«203.0.113.7..203.0.113.9»",
    "pip install foo@2.31.0.6",
    "1,234 5678 and 12,345 units",
];

/// Returns the text without marks, and the places between them.
fn unmarked(marked: &str) -> (String, Vec<(usize, usize)>) {
    let (mut text, mut places, mut start) = (String::new(), Vec::new(), 0);
    for part in marked.chars() {
        match part {
            '«' => start = text.len(),
            '»' => places.push((start, text.len())),
            part => text.push(part),
        }
    }
    (text, places)
}

fn places(findings: &[Finding]) -> Vec<(usize, usize)> {
    let place = |finding: &Finding| (finding.span().start, finding.span().end);
    findings.iter().map(place).collect()
}

fn in_chunks(redactor: &Redactor, text: &str, size: usize) -> Vec<(usize, usize)> {
    let mut stream = StreamRedactor::new(redactor.clone());
    let (mut out, mut findings) = (Vec::new(), Vec::new());
    for chunk in text.as_bytes().chunks(size) {
        stream.push(chunk, &mut out, &mut findings);
    }
    stream.finish(&mut out, &mut findings);
    places(&findings)
}

fn check(redactor: &Redactor, texts: &[&str]) {
    let mut wrong = Vec::new();
    for marked in texts {
        let (text, expected) = unmarked(marked);
        let whole = places(&redactor.scan(text.as_bytes()));
        for (way, found) in [
            ("whole", whole),
            ("by the byte", in_chunks(redactor, &text, 1)),
            ("in chunks", in_chunks(redactor, &text, 17)),
        ] {
            if found != expected {
                let found: Vec<_> = found
                    .iter()
                    .map(|(start, end)| &text[*start..*end])
                    .collect();
                wrong.push(format!("{marked:?} {way}: {found:?}"));
            }
        }
        let redacted = redactor.redact(&text);
        let again = redactor.redact(redacted.as_str());
        if again.as_str() != redacted.as_str() {
            wrong.push(format!("{marked:?} again: {:?}", again.as_str()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn passwords_are_hidden_in_their_everyday_places() {
    check(&Redactor::secrets(), SECRETS);
}

#[test]
fn personal_data_is_hidden_in_its_everyday_places() {
    check(&Redactor::secrets_and_pii(), PERSONAL);
}

#[test]
fn the_argument_after_a_flag_is_hidden_in_json() {
    let redactor = Redactor::secrets();
    for value in ["yz2$*E$hu7hN2", "Falcon-rocket8336!", "q8ZrtW2mLk9vT4xYp0"] {
        let text = format!(
            r#"{{"args":["-y","server-postgres","--password","{value}"],"env":{{"a":"{value}x"}}}}"#
        );
        let redacted = redactor.redact_json(&text).unwrap();
        let expected = text.replacen(value, "[REDACTED-PASSWORD]", 1);
        assert_eq!(redacted.as_str(), expected);
    }
    let text = r#"{"args":["--token-file","/run/secrets/x","--verbose","true"]}"#;
    assert_eq!(redactor.redact_json(text).unwrap().as_str(), text);
}

/// Documents with a host, a user and a password, of which the host or the user may be
/// found first.
const DOCUMENTS: &[&str] = &[
    "redis-cli -h {H} -a '{P}' ping\n",
    "mysql -h {H} -u {U} -p'{P}' app < dump.sql\n",
    "mysqldump -u{U} -p{P} app > dump.sql\n",
    "mongosh --host {H} -u {U} -p '{P}' --authenticationDatabase admin\n",
    "docker login -u {U} -p '{P}' {H}\n",
    "echo '{P}' | docker login -u {U} --password-stdin\n",
    "echo '{U}:{P}' | chpasswd\n",
    "{H}:5432:app:{U}:{P}\n",
    "Server={H};Database=app;User ID={U};Password={P};Encrypt=true\n",
    "{\"db\":\"Server={H};User ID={U};Password={P};\"}\n",
    "username={U}&password={P}&remember=1\n",
    "spring.datasource.url=jdbc:mysql://{H}:3306/app?user={U}&password={P}&useSSL=true\n",
    "web1 ansible_host={H} ansible_user={U} ansible_password={P} ansible_port=22\n",
    "Login failed for user '{U}' with password '{P}' (attempt 3)\n",
    "machine {H} login {U} password {P}\n",
    "[database]\nhost = {H}\nuser = {U}\npassword = {P}\nport = 5432\n",
    "connect(host={H}, user={U}, password={P})\n",
    "{host: {H}, user: {U}, password: {P}}\n",
    "<db host=\"{H}\" user=\"{U}\" password=\"{P}\" pool=\"5\"/>\n",
    "connecting to {H} user={U} password={P}\n",
    "{\"host\":\"{H}\",\"user\":\"{U}\",\"password\":\"{P}\",\"port\":5432}\n",
];

/// The stricter preset finds everything that the weaker one does, whatever personal
/// data or token stands before it.
#[test]
fn what_is_found_hides_nothing_behind_it() {
    const HOSTS: &[&str] = &["db1.acme.test", "10.2.3.44", "203.0.113.7", "2a02:1:2::3"];
    const USERS: &[&str] = &[
        "ann",
        "maria@web.de",
        "536-90-4399",
        "+4917112345678",
        "4111111111111111",
        "DE89370400440532013000",
        "AKIAQ3EGRIZJ7OWLMXUV",
    ];
    const PASSWORDS: &[&str] = &[
        "q8$Zr!tW2m#Lk9v",
        "Dragon_monkey7716",
        "Dragon-monkey861#",
        "Coffee.bianca4602*",
        "BCYBBLfneeg0FV7l",
    ];
    let [secrets, all] = [Redactor::secrets(), Redactor::secrets_and_pii()];
    let (mut wrong, mut found) = (Vec::new(), 0);
    for document in DOCUMENTS {
        for (host, user) in HOSTS
            .iter()
            .flat_map(|host| USERS.iter().map(move |user| (host, user)))
        {
            // Such an address has brackets before a port.
            if host.contains(':') && document.contains("{H}:") {
                continue;
            }
            for password in PASSWORDS {
                let text = document.replace("{H}", host).replace("{U}", user);
                let text = text.replace("{P}", password);
                let plain = document.replace("{H}", HOSTS[0]).replace("{U}", USERS[0]);
                let plain = plain.replace("{P}", password);
                let is_hidden = |redactor: &Redactor, text: &str| {
                    !redactor.redact(text).as_str().contains(password)
                };
                // Whatever stands before it, and with whichever preset.
                let known = is_hidden(&secrets, &plain) || is_hidden(&secrets, &text);
                found += usize::from(known);
                if known && !(is_hidden(&secrets, &text) && is_hidden(&all, &text)) {
                    wrong.push(all.redact(&text).as_str().to_owned());
                }
            }
        }
    }
    assert!(found > 1800, "{found}");
    assert!(wrong.is_empty(), "{} of {found}: {wrong:#?}", wrong.len());
}

/// A header may be wide, and headers before a secret do not hide it.
#[test]
fn tables_are_read_whatever_their_headers() {
    let titles = (0..180).map(|number| format!("title{number},"));
    let cells = (0..180).map(|number| format!("{number},"));
    let wide = format!(
        "{}password\n{}«kR7#wz!9Qm-x2P»\n",
        titles.collect::<String>(),
        cells.collect::<String>(),
    );
    let long = format!(
        "name,note,password\nann,{},x\nbob,y,«kR7#wz!9Qm-x2P»\n",
        "lorem ipsum ".repeat(700)
    );
    let headers = "<tr><th>password</th></tr><tr>".repeat(400);
    let blinded = format!("{headers}<td>\npassword=«kR7#wz!9Qm-x2P»\n");
    check(&Redactor::secrets(), &[&wide, &long, &blinded]);
}

/// A password of its own for a number, as a generator makes it.
fn password(number: usize) -> String {
    let number = number as u64;
    let bits = (number + 7).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let byte = |at: u32, from: &[u8]| char::from(from[(bits >> (5 * at)) as usize % from.len()]);
    let mut out = String::new();
    for at in 0..4 {
        out.push(byte(3 * at, b"abcdefghkmnpqrstuvwxyz"));
        out.push(byte(3 * at + 1, b"23456789"));
        out.push(byte(3 * at + 2, b"ABCDEFGHKMNPQRSTUVWXYZ!#%*?"));
    }
    format!("{out}{}", number % 7) + "x!Qw"
}

/// A long export, by what stands before, between and after its passwords.
fn export(rows: usize, head: &str, row: impl Fn(usize, &str) -> String) -> (String, Vec<String>) {
    let passwords: Vec<String> = (0..rows).map(password).collect();
    let rows = passwords.iter().enumerate();
    let rows: String = rows.map(|(number, value)| row(number, value)).collect();
    (format!("{head}{rows}"), passwords)
}

#[test]
fn every_row_of_a_long_table_is_read() {
    let redactor = Redactor::secrets();
    let texts = [
        export(
            2_000,
            "name,url,username,password,note\n",
            |number, value| format!("site {number},https://s{number}.test/login,ann,{value},\n"),
        ),
        export(700, "\"user\";\"password\"\r\n", |number, value| {
            format!("\"u{number}\";\"{value}\"\r\n")
        }),
        export(400, "user\tpassword\n", |number, value| {
            format!("u{number}\t{value}\n")
        }),
        export(400, "| user | password |\n|---|---|\n", |number, value| {
            format!("| u{number} | {value} |\n")
        }),
        export(
            500,
            "INSERT INTO users (id, name, password) VALUES\n",
            |number, value| {
                let end = if number == 499 { ';' } else { ',' };
                format!("  ({number}, 'u{number}', '{value}'){end}\n")
            },
        ),
        export(300, "a,b\nx,y\n\npassword,otp token\n", |_, value| {
            format!("{value},\n")
        }),
    ];
    for (text, passwords) in texts {
        let whole = redactor.redact(&text);
        let left = passwords
            .iter()
            .filter(|value| whole.as_str().contains(*value));
        assert_eq!(left.count(), 0, "{}", &whole.as_str()[..300]);
        assert_eq!(whole.findings().len(), passwords.len());
        for size in [1, 61, 4096] {
            assert_eq!(in_chunks(&redactor, &text, size), places(whole.findings()));
        }
    }
}

#[test]
fn text_below_a_table_is_no_part_of_it() {
    let redactor = Redactor::secrets();
    let (mut text, passwords) = export(200, "user,password\n", |number, value| {
        format!("u{number},{value}\n")
    });
    text.push_str("\nThe id, kX7#mPq2Lw9z!Rt, is no password here.\nu1,kX7#mPq2Lw9z!Rt\n");
    assert_eq!(redactor.scan(text.as_bytes()).len(), passwords.len());
}

#[test]
fn long_runs_of_dashes_are_scanned() {
    for redactor in [Redactor::secrets(), Redactor::secrets_and_pii()] {
        for (unit, count) in [("_", 4225), ("-", 100_000), ("_-", 3000), ("\\n-", 5000)] {
            let text = unit.repeat(count);
            assert!(redactor.redact(&text).findings().is_empty(), "{unit}");
            let text = format!("{text} password={}", "w!v1?@O0-.5E-Mm7L");
            assert_eq!(redactor.redact(&text).findings().len(), 1, "{unit}");
        }
    }
}

/// What follows a key block without its END line is read as if there were none before it,
/// and so is a name with which another secret ends.
#[test]
fn a_cut_key_swallows_no_part_of_what_follows() {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let body = |line: usize, lines: usize| -> String {
        let line = |number: usize| -> String {
            let at = |place: usize| DIGITS[(place * 29 + number * 7 + place * place / 3) % 64];
            (0..line).map(|place| char::from(at(place))).collect()
        };
        (0..lines).map(|number| line(number) + "\n").collect()
    };
    let heads = [
        "-----BEGIN RSA PRIVATE KEY-----\n".to_owned() + &body(64, 3),
        "-----BEGIN PRIVATE KEY-----\n".to_owned() + &body(64, 1),
        "-----BEGIN OPENSSH PRIVATE KEY-----\n".to_owned() + &body(70, 4) + "AbCd/w==\n",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n".to_owned() + &body(64, 3),
        "Private-Lines: 3\n".to_owned() + &body(64, 3),
        "MIIEpAIBAAKCAQEA".to_owned() + &body(48, 1) + &body(64, 3),
    ];
    let rests = [
        "password=«Kq9x%rZ1j86Q?-TS3»\n",
        "\npassword=«Kq9x%rZ1j86Q?-TS3»\n",
        "DB_PASSWORD: \"«Kq9x%rZ1j86Q?-TS3»\"\n",
        "the password is «Kq9x%rZ1j86Q?-TS3», ask ann\n",
        "{\"password\": \"«Kq9x%rZ1j86Q?-TS3»\"}\n",
    ];
    for redactor in [Redactor::secrets(), Redactor::secrets_and_pii()] {
        for head in &heads {
            for rest in rests {
                let (name, rest) = rest.split_once('«').unwrap();
                let (value, end) = rest.split_once('»').unwrap();
                let text = format!("{head}{name}{value}{end}");
                let redacted = redactor.redact(&text);
                let shown = redacted.as_str();
                let whole = format!("{name}[REDACTED-PASSWORD]{end}");
                assert!(shown.ends_with(whole.trim_start()), "{text}\n{shown}");
                assert_eq!(redacted.findings().len(), 2, "{text}\n{shown}");
                let size = redacted.findings()[0].span().len();
                assert!(size + 48 >= head.trim_end().len(), "{shown}");
            }
        }
    }
}

#[test]
fn a_name_at_the_end_of_another_value_is_read() {
    let texts = [
        "https://x.test/login?user=ann@acme.test&password=Kq9x^lYak6D7&x=1",
        "https://x.test/cb#u=ann@acme.test&access_token=Kq9x^lYak6D7^Zw3",
        "https://x.test/z?u=ann@acme.test&password: \"Kq9x^lYak6D7\"",
    ];
    for text in texts {
        for redactor in [Redactor::secrets(), Redactor::secrets_and_pii()] {
            let shown = redactor.redact(text);
            assert!(!shown.as_str().contains("lYak6D7"), "{shown}");
        }
    }
}
