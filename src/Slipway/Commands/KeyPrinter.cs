using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Server.Platform.Auth;

namespace Slipway.Commands;

/// <summary>Keys on a terminal. The secret alone goes to the output, so that a script can catch it; words go to the errors.</summary>
internal static class KeyPrinter
{
    public static async Task ShowAsync(IssuedKey issued, bool asJson)
    {
        if (asJson)
        {
            var json = ToJson(issued.Key);
            json["secret"] = issued.Secret;
            JsonLines.Write(json);
            return;
        }
        await Console.Out.WriteLineAsync(issued.Secret);
        await Console.Error.WriteLineAsync($"This is key {issued.Key.Id} ({issued.Key.Name}). Keep it: nobody can show it again.");
    }

    public static void List(IReadOnlyList<KeyView> keys, DateTimeOffset now, bool asJson)
    {
        foreach (var key in keys)
        {
            if (asJson)
            {
                JsonLines.Write(ToJson(key));
            }
            else
            {
                Console.Out.WriteLine(Line(key, now));
            }
        }
        if (keys.Count == 0 && !asJson)
        {
            Console.Error.WriteLine("There are no keys. 'slipway keys create --name NAME' makes one.");
        }
    }

    private static string Line(KeyView key, DateTimeOffset now)
    {
        var state = key.RevokedAt is { } revoked ? $"revoked {Day(revoked)}"
            : key.ExpiresAt is { } ended && ended <= now ? $"expired {Day(ended)}"
            : "in use";
        string[] parts =
        [
            .. key.Admin ? ["admin"] : Array.Empty<string>(),
            .. key.Models is { } models ? [$"models {string.Join(',', models)}"] : Array.Empty<string>(),
            .. Limit("rpm", key.Rpm), .. Limit("tpm", key.Tpm), .. Limit("concurrency", key.Concurrency),
            .. key.BudgetUsd is { } budget ? [string.Create(CultureInfo.InvariantCulture, $"budget {budget:0.####} USD")] : Array.Empty<string>(),
            .. key.SpentUsd > 0 ? [string.Create(CultureInfo.InvariantCulture, $"spent {key.SpentUsd:0.######} USD")] : Array.Empty<string>(),
            .. key.ExpiresAt is { } end && end > now ? [$"until {Day(end)}"] : Array.Empty<string>(),
        ];
        return $"{key.Id}  {key.Name,-20}  {string.Join(' ', key.Prefixes.Select(prefix => prefix + "…")),-14}  {state,-18}  {string.Join("; ", parts)}".TrimEnd();
    }

    private static string[] Limit(string name, long? limit) =>
        limit is { } number ? [string.Create(CultureInfo.InvariantCulture, $"{name} {number}")] : [];

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static JsonObject ToJson(KeyView key) => new()
    {
        ["id"] = key.Id,
        ["name"] = key.Name,
        ["prefixes"] = new JsonArray([.. key.Prefixes.Select(prefix => (JsonNode)prefix)]),
        ["models"] = key.Models is { } models ? new JsonArray([.. models.Select(model => (JsonNode)model)]) : null,
        ["rpm"] = key.Rpm,
        ["tpm"] = key.Tpm,
        ["concurrency"] = key.Concurrency,
        ["budget_usd"] = key.BudgetUsd,
        ["spent_usd"] = key.SpentUsd,
        ["admin"] = key.Admin,
        ["created_at"] = Time(key.CreatedAt),
        ["expires_at"] = Time(key.ExpiresAt),
        ["revoked_at"] = Time(key.RevokedAt),
    };

    private static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
