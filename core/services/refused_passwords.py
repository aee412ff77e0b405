"""Passwords of ten characters and more that are guessed first, compared without regard to case.

Korean words typed on the English layout are among them.
"""

_WORDS = """
    1234567890 12345678910 0123456789 0987654321 9876543210 123456789a a123456789 q123456789
    1234567890a a1234567890 123456789q 123456789z 123456789abc abc123456789 abc1234567
    abcd123456 abcd1234567 abcde12345 abcdef1234 abcdefghij abcdefg123 abcdefg1234 1234567891
    1234567899 12345678901 123456789012 1234567890123 12345678900 1234512345 1234554321
    1231231231 1231231234 123123123123 123321123321 1122334455 11223344556 1234qwerasdf
    1234qwer1234 1q2w3e4r5t 1q2w3e4r5t6y 1q2w3e4r5t6y7u8i9o0p q1w2e3r4t5 q1w2e3r4t5y6
    1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw23edc qazwsxedcrfv qazwsxedc123 zaq12wsxcde3
    zaq1xsw2cde3 1qaz@wsx3edc qwertyuiop qwertyuiop1 qwertyuiop12 qwertyuiop123 qwertyuiop[]
    qwertyuiopasdfghjkl qwerty12345 qwerty123456 qwerty1234 qwerty1234567 qwertyqwerty
    qwerasdfzxcv qwer1234qwer qwer123456 qwert12345 qwerty123! qwerty1234! 1q2w3e4r!@#$
    1q2w3e4r5t! q1w2e3r4t5! q1w2e3r4!@ asdfghjkl1 asdfghjkl123 asdfghjkl; asdfasdfasdf
    asdf1234asdf asdfqwer1234 asdf123456 zxcvbnm123 zxcvbnm1234 zxcvbnmasdfghjkl zxcvasdfqwer
    password12 password123 password1234 password12345 password123456 password1! password12!
    password123! password01 password2024 password2025 password2026 passwordpassword passw0rd123
    p@ssw0rd123 p@ssw0rd12 p@ssword123 p@ssw0rd1234 passwd1234 passwd12345 mypassword
    mypassword1 mypassword123 changeme123 changeme1234 letmein123 letmein1234 letmein12345
    welcome123 welcome1234 welcome12345 iloveyou12 iloveyou123 iloveyou1234 iloveyou12345
    iloveyou1! iloveyou!! iloveyou11 ilovegod123 administrator admin12345 admin123456
    admin1234567 admin1234! admin123!@# adminadmin adminadmin1 administrator1 root123456
    rootroot123 rootroot1234 test123456 test1234567 test12345! testtesttest testpassword
    test1234test guest12345 guest123456 user123456 userpassword master1234 master12345
    superman123 superman1234 batman1234 batman12345 dragon1234 dragon12345 monkey1234
    monkey12345 football12 football123 football1234 baseball12 baseball123 baseball1234
    basketball basketball1 starwars12 starwars123 princess12 princess123 princess1234 sunshine12
    sunshine123 sunshine1234 michael123 michael1234 jennifer123 jessica123 charlie123 liverpool1
    liverpool123 manchester chelsea123 arsenal123 barcelona1 barcelona10 realmadrid1 pokemon123
    pokemon1234 naruto1234 computer123 computer1234 internet123 internet1234 samsung123
    samsung1234 samsung12345 google1234 secret1234 secret12345 whatever123 trustno1trustno1
    freedom123 freedom1234 minecraft1 minecraft123 fortnite123 hello12345 hello123456 hellohello
    helloworld helloworld1 helloworld123 abc123abc123 abc123!@#$ abcd1234!! abcd1234!@
    abcd1234!@# abcd1234!@#$ a1234567890! a123456789! a12345678! a1b2c3d4e5 a1b2c3d4e5f6
    aa12345678 aa123456789 aa123456!! asd1234567 asd123456789 zxc123456789 qwe123456789
    qwe1234567 qwe123qwe123 qweasdzxc1 qweasdzxc123 qweqweqwe123 147258369a 1472583690
    147258369147 741852963a 7418529630 159753456852 1597534862 963852741a 3216549870 1029384756
    1092837465 0192837465 6758493021 !@#$%^&*() !qaz@wsx#edc !q@w#e$r%t 1!2@3#4$5% !1234567890
    1234567890! 1234567890!@# 123456789! 123456789!@ 12345678!@ 12345678!@# 12345678!@#$
    1234567!@#$ 1234!@#$qwer qwer1234!@#$ qwer1234!@ qwer1234!! qwer1234!@# asdf1234!@
    asdf1234!@#$ zxcv1234!@ zxcv1234!@#$ tkfkdgo123 tkfkdgo1234 tkfkdgo12345 tkfkdgody1
    dkssud1234 dkssud12345 dkssudgktpdy dkssudgktpdy1 qlalfqjsgh qlalfqjsgh1 qlalfqjsgh123
    qlalfqjsgh1! rkskekfk12 rkskekfkak gksrmf1234 gksrnr1234 eogksalsrnr eogksalsrnr1
    wkddnjs1234 rhksflwk123 rhksflwk1234 rhksflwk12 rhksflwk1! vhgkdgkf12 tjdrhd1234 tkdvna1234
    vksao12345 vksaowk123 vksaowk1234 kakao12345 kakao123456 korea12345 korea123456 korea1234!
    seoul12345 seoul123456 hanpan1234 hanpan12345 hanpan123456 hanpan1234! hanpanhanpan
"""

COMMON = frozenset(_WORDS.split())
