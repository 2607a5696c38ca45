namespace Slipway.Server.Platform.Database.Backup;

internal static class MySqlDump
{
    /// <summary><c>mariadb-dump</c>, or MySQL's <c>mysqldump</c>, for a text of SQL.</summary>
    public static DumpProgram Of(DatabaseAddress address)
    {
        var parts = MySqlLibrary.Factory.CreateConnectionStringBuilder()!;
        parts.ConnectionString = address.ConnectionString;
        var (mode, authority) = ($"{parts["SslMode"]}", $"{parts["CertificateFile"]}");
        return new DumpProgram
        {
            Package = "MariaDB or MySQL",
            Ways =
            [
                ("mariadb-dump", file => [.. Usual(file), .. SafetyOfMariaDb(mode, authority), $"{parts["Database"]}"]),
                ("mysqldump", file => [.. Usual(file), .. SafetyOfMySql(mode, authority), $"{parts["Database"]}"]),
            ],
            PasswordVariable = "MYSQL_PWD",
            Variables = new Dictionary<string, string?> { ["MYSQL_PWD"] = $"{parts["Password"]}" },
            LastWords = "-- Dump completed",
        };

        string[] Usual(string file)
        {
            var server = $"{parts["Server"]}";
            string[] place = server.StartsWith('/') ? [$"--socket={server}"] : [$"--host={server}", $"--port={parts["Port"]}", "--protocol=tcp"];
            string[] login = $"{parts["User ID"]}" is { Length: > 0 } user ? [$"--user={user}"] : [];
            return
            [
                // Without locks: one transaction sees one state.
                "--no-defaults", "--single-transaction", "--no-tablespaces", "--default-character-set=utf8mb4",
                .. place, .. login, $"--result-file={file}",
            ];
        }
    }

    private static string[] SafetyOfMariaDb(string mode, string authority) => mode switch
    {
        "Disabled" => ["--skip-ssl"],
        "Required" => ["--ssl"],
        "VerifyCA" or "VerifyFull" => ["--ssl", "--ssl-verify-server-cert", .. Authority(authority)],
        _ => [],
    };

    private static string[] SafetyOfMySql(string mode, string authority) => mode switch
    {
        "Disabled" => ["--ssl-mode=DISABLED"],
        "Required" => ["--ssl-mode=REQUIRED"],
        "VerifyCA" => ["--ssl-mode=VERIFY_CA", .. Authority(authority)],
        "VerifyFull" => ["--ssl-mode=VERIFY_IDENTITY", .. Authority(authority)],
        _ => [],
    };

    private static string[] Authority(string file) => file.Length == 0 ? [] : [$"--ssl-ca={file}"];
}
