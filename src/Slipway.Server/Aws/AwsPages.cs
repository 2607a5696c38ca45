namespace Slipway.Server.Aws;

/// <summary>One page of a long answer.</summary>
/// <param name="Items">What it lists.</param>
/// <param name="NextToken">Asks for the next page; null at the end.</param>
internal sealed record AwsPage<T>(IReadOnlyList<T> Items, string? NextToken);

/// <summary>Reads answers that come page by page.</summary>
internal static class AwsPages
{
    /// <summary>No account holds so many: beyond it a service is going round in circles.</summary>
    private const int MostPages = 200;

    /// <summary>The items of all pages, in order, until there are <paramref name="most"/> of them.</summary>
    /// <param name="service">For messages.</param>
    /// <param name="most">At least 1.</param>
    /// <param name="fetch">Fetches the page of a token; null for the first.</param>
    /// <exception cref="AwsException">A page could not be had, or the pages do not end.</exception>
    public static async Task<IReadOnlyList<T>> ReadAsync<T>(AwsService service, int most, Func<string?, Task<AwsPage<T>>> fetch)
    {
        List<T> items = [];
        string? token = null;
        for (var pages = 0; pages < MostPages; pages++)
        {
            var page = await fetch(token);
            items.AddRange(page.Items.Take(most - items.Count));
            token = page.NextToken;
            if (token is null || items.Count >= most)
            {
                return items;
            }
        }
        throw new AwsException(service.Name, AwsErrorCodes.BrokenAnswer, $"The answer has more than {MostPages} pages.");
    }
}
