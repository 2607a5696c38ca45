using Slipway.Recipe;
using Slipway.Recipe.Conversations;
using Slipway.Recipe.Exchanges;
using Slipway.Recipe.Output;
using Slipway.Recipe.Worlds;

try
{
    Write(RecipeOptions.Parse(args));
    return 0;
}
catch (RecipeException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

static void Write(RecipeOptions options)
{
    var world = World.Read(options.World ?? FindWorld());
    var heldOut = HeldOutTexts.Of(world);
    var items = HeldOutItems(world, heldOut, options);
    heldOut.Add(items.Where(item => item.Messages.Count == 1).Select(item => item.Messages[0].Content));

    _ = Directory.CreateDirectory(options.Output);
    JsonLines.WriteHeldOut(Path.Combine(options.Output, "heldout.jsonl"), items);
    var guard = new HeldOutGuard(heldOut);
    WriteLines("train.jsonl", options.Lines, stream: 1);
    WriteLines("validation.jsonl", options.Lines / 100, stream: 2);
    Console.WriteLine($"{world.Entries.Count} entries, {items.Count} held-out questions, {options.Lines} lines of training.");

    void WriteLines(string file, int count, ulong stream) =>
        JsonLines.WriteLines(Path.Combine(options.Output, file), guard.Check(Lines(world, heldOut, options, count, stream)));
}

static IReadOnlyList<HeldOutItem> HeldOutItems(World world, HeldOutTexts heldOut, RecipeOptions options)
{
    var chance = ChanceOf(options, stream: 0);
    var sources = new Sources(world, heldOut, options, chance);
    var single = sources.HeldOut().Select(exchange => new HeldOutItem(
        exchange.Group, exchange.Language, [new Message(Message.User, exchange.Question)], exchange.Expected,
        exchange.DirectAnswer is not null && chance.Happens(0.25) ? false : null));
    return [.. single, .. new HeldOutConversations(world, sources, chance).Items()];
}

static IEnumerable<Line> Lines(World world, HeldOutTexts heldOut, RecipeOptions options, int count, ulong stream)
{
    var chance = ChanceOf(options, stream);
    var composer = new LineComposer(world, new Sources(world, heldOut, options, chance), heldOut, chance);
    for (var i = 0; i < count; i++)
    {
        var language = Languages.All[i % 2];
        yield return chance.Between(0, 99) < options.Conversations ? composer.Conversation(language) : composer.Single(language);
    }
}

static Chance ChanceOf(RecipeOptions options, ulong stream) => new(Chance.Mix(((ulong)options.Seed << 8) + stream));

// The program runs from recipe/bin; the world lies beside recipe.
static string FindWorld()
{
    for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
    {
        var world = Path.Combine(folder.FullName, "world");
        if (Directory.Exists(world))
        {
            return world;
        }
    }
    throw new RecipeException("There is no world folder above the program; name it with --world.");
}
