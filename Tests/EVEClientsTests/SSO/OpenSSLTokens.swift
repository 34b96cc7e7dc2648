/// Keys and tokens made by OpenSSL, so that what signs in the other tests does not judge itself. The private halves are gone.
enum OpenSSLTokens {
    static let keys = """
        {"keys":[{"alg":"RS256","e":"AQAB","kid":"JWT-Signature-Key","kty":"RSA","n":"5uTDP7CwjGK7vNA58FOp9NLmr_peOc8o\
        I6BnV_JmXUcQbbVdjYVmxgo50KcPlGaJKB8bVrM3CQDfeg9itdosl2Eed2zKCvRiGIHr3JNokE5pryX2sPxpoO6VVhdC2coeZwIfdpodGFT4PB\
        j5RN0S9n-gKwW2Bop3xjdRPRivF1MAkccQ18wc3peZYtrO-9wQZP62ivnXKgEyfH8D0YuUWueQxpS4eR2hl76KC_zOiTDwUCswXVGDz9CMYs1i\
        b7rvkUUH2Q4xKE6WTBAOUxZvkD8mhJl4dK2gHcWUbsd_gc-2mXVRVbuW74Vh_27fmNNOQkAEzOsj9yEdXQ6ARhXH5Q","use":"sig"},{"alg\
        ":"ES256","crv":"P-256","kid":"8878a23f-2489-4045-989e-4d2f3ec1ae1a","kty":"EC","use":"sig","x":"EypV5HdRdls0P\
        BptpNBK7X_lnGB7aCiG0hzExnCxwzw","y":"9ONpn_ZDlLfgmmkbMyrdP6OwCtpVssfJZGjNnYRG1Ec"}],"SkipUnresolvedJsonWebKeys\
        ":true}
        """

    static let rs256 = """
        eyJhbGciOiJSUzI1NiIsImtpZCI6IkpXVC1TaWduYXR1cmUtS2V5IiwidHlwIjoiSldUIn0.eyJzY3AiOlsiZXNpLXNraWxscy5yZWFkX3NraW\
        xscy52MSIsImVzaS1zZWFyY2guc2VhcmNoX3N0cnVjdHVyZXMudjEiXSwianRpIjoiOTk4ZTEyYzctMzI0MS00M2M1LTgzNTUtMmM0ODgyMmUw\
        YTFiIiwia2lkIjoiSldULVNpZ25hdHVyZS1LZXkiLCJzdWIiOiJDSEFSQUNURVI6RVZFOjIxMTc3MTI4OTQiLCJhenAiOiJteTNyZHBhcnR5Y2\
        xpZW50aWQiLCJ0ZW5hbnQiOiJ0cmFucXVpbGl0eSIsInRpZXIiOiJsaXZlIiwicmVnaW9uIjoid29ybGQiLCJhdWQiOlsibXkzcmRwYXJ0eWNs\
        aWVudGlkIiwiRVZFIE9ubGluZSJdLCJuYW1lIjoiU29tZSBCbG9rZSIsIm93bmVyIjoiOFBtekNlVEtiNFZGVURySExjL0FlWlhEU1dNPSIsIm\
        V4cCI6MTc5NTAwMTE5OSwiaWF0IjoxNzk1MDAwMDAwLCJpc3MiOiJodHRwczovL2xvZ2luLmV2ZW9ubGluZS5jb20ifQ.nDy4nS0F0aM_bX5L_\
        23Ya29D-ZQCA8Aj7Gsp5BEdArAPo4ln9jOCXQYQSvMLoZWIiw5oN-8Fe-oSU3yOR49vpu5fcAElUz-DRtQcTJSVd4OqE2LC81S0MopOGAiaTJM\
        W1sBqEO2_Rn2UDt8xSAdwt-MAAu491QAkBmSdMbQOyfvTg3CQT5_auf2vR23Y5uWm6f9KclvkVDjHpLW8ZHiNVb5bGSFYAZ8CmIPyLFO76ZdSU\
        QItOFnfv8rGAM284rQvT-UrtPuzOPc0mVUSodHhc5GnhaaQtmG2LM7XzxT9zkGFrqbK5dY6H1cr4rmZPGhtQ_cBFO0D4yiMuN9eDq7aVA
        """

    static let es256 = """
        eyJhbGciOiJFUzI1NiIsImtpZCI6Ijg4NzhhMjNmLTI0ODktNDA0NS05ODllLTRkMmYzZWMxYWUxYSIsInR5cCI6IkpXVCJ9.eyJzY3AiOlsiZ\
        XNpLXNraWxscy5yZWFkX3NraWxscy52MSIsImVzaS1zZWFyY2guc2VhcmNoX3N0cnVjdHVyZXMudjEiXSwianRpIjoiOTk4ZTEyYzctMzI0MS0\
        0M2M1LTgzNTUtMmM0ODgyMmUwYTFiIiwia2lkIjoiSldULVNpZ25hdHVyZS1LZXkiLCJzdWIiOiJDSEFSQUNURVI6RVZFOjIxMTc3MTI4OTQiL\
        CJhenAiOiJteTNyZHBhcnR5Y2xpZW50aWQiLCJ0ZW5hbnQiOiJ0cmFucXVpbGl0eSIsInRpZXIiOiJsaXZlIiwicmVnaW9uIjoid29ybGQiLCJ\
        hdWQiOlsibXkzcmRwYXJ0eWNsaWVudGlkIiwiRVZFIE9ubGluZSJdLCJuYW1lIjoiU29tZSBCbG9rZSIsIm93bmVyIjoiOFBtekNlVEtiNFZGV\
        URySExjL0FlWlhEU1dNPSIsImV4cCI6MTc5NTAwMTE5OSwiaWF0IjoxNzk1MDAwMDAwLCJpc3MiOiJodHRwczovL2xvZ2luLmV2ZW9ubGluZS5\
        jb20ifQ.aNxJQIiZbU4Wsk7-ul5s0AHV8L2Gnn5jhOUdK8FQZpxbMGeDg2M3xEStaR5z7WD5ldz6b1OFyGknSOzAIz5ORQ
        """
}
